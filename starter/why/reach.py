"""Which steps were never attempted, and which were cut off: told from those that failed."""

from collections.abc import Sequence

from fiberwise.contracts.attempt import STEP_CANCELLED
from fiberwise.contracts.execution import StepProgress
from fiberwise.contracts.why import Trouble, Unreached
from fiberwise.pipeline.details import due
from starter.why.calls import Call
from starter.why.facts import Facts


def unreached(facts: Facts, calls: Sequence[Call], troubles: Sequence[Trouble]) -> list[Unreached]:
    """Steps that wait still, in their order; not those that the run passed by, since another did their work."""
    because, wanted = _because(facts, troubles), _wanted(facts)
    return [
        Unreached(step=row.step, because=because)
        for row in due(_rows(facts, calls))
        if row.state == "waiting" and row.step in (wanted or {row.step})
    ]


def cut_off(facts: Facts, calls: Sequence[Call]) -> list[str]:
    """Steps that were under way when the run was ended, or one beside them failed.

    A cancelled attempt says so itself; of a run that was terminated only its board does.
    """
    cancelled = {call.step for call in calls if call.last.error and call.last.error.type == STEP_CANCELLED}
    at_work = set[str]() if facts.runs else {row.step for row in facts.seen.steps if row.state == "running"}
    return sorted(cancelled | at_work)


def _wanted(facts: Facts) -> set[str]:
    """The steps of the last good run: one that it did without is not missed in this one. Empty: none is known."""
    return {entry.step for entry in facts.earlier.log} if facts.earlier else set()


def _rows(facts: Facts, calls: Sequence[Call]) -> list[StepProgress]:
    """As the run itself tells; of one that nobody can ask, by its log and its pipeline's class."""
    if facts.seen.steps:
        return facts.seen.steps
    begun = {call.step for call in calls}
    return [
        StepProgress(step=step, state="running" if step in begun else "waiting") for step in facts.declared
    ]


def _because(facts: Facts, troubles: Sequence[Trouble]) -> str:
    if facts.runs:
        return "the run has not come to it yet"
    if facts.produced_by:
        return f"{facts.produced_by} did the work instead"
    if facts.seen.status == "completed":
        return "the run had no need of it"
    if facts.seen.outcome == "cancelled":
        return "the run was cancelled before"
    if facts.seen.outcome == "timed_out":
        return "the run ran out of time before"
    first = next((one for one in troubles if one.decisive), None)
    return f"{first.step} failed before" if first and first.step else "the run ended before"
