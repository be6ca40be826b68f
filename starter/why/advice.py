"""What to do now, as commands to type."""

from collections.abc import Collection, Iterator, Sequence

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.identity import execution_id_of
from fiberwise.contracts.why import Advice, Held, Trouble
from starter.why.facts import Facts
from starter.why.stamps import at

NAMED = 3


def advice(facts: Facts, troubles: Sequence[Trouble]) -> list[Advice]:
    """The most useful first."""
    found = list(_while_it_runs(facts) if facts.runs else _afterwards(facts, troubles))
    return [*found, *_hints(troubles, {one.command.rpartition(" ")[0] for one in found})]


def held(facts: Facts) -> list[Held]:
    """What the run waits for: a person, a worker, or its own code to be mended."""
    found = [Held(step=one.step, since=one.since, what=one.asks) for one in facts.seen.waiting]
    if facts.seen.phase in ("paused", "no_worker", "blocked"):
        pauses = [one.at for one in facts.controls if one.kind == "pause"]
        since = pauses[-1] if facts.seen.phase == "paused" and pauses else None
        found.append(Held(since=since, what=facts.seen.cause))
    return found


def _while_it_runs(facts: Facts) -> Iterator[Advice]:
    name = facts.short
    for one in facts.seen.waiting:
        if one.kind == "needs_repair":
            may = ", ".join(one.may)
            yield Advice(command=f"fiberwise repair {name}", what=f"mends {one.step}: {may}")
        else:
            yield Advice(command=f"fiberwise approve {name}", what=f"lets {one.step} begin")
            yield Advice(command=f"fiberwise reject {name}", what=f"keeps {one.step} from beginning")
    if facts.seen.phase == "paused":
        yield Advice(command=f"fiberwise resume {name}", what="goes on where it was paused")
    if facts.seen.phase == "no_worker":
        yield Advice(command="fiberwise worker", what="serves it: nothing that was done is done again")
    if facts.seen.phase == "blocked":
        yield Advice(
            command="fiberwise worker", what="once the pipeline's code is mended, in place of the old one"
        )
    if due := [one for one in facts.seen.pending if one.state == "backing_off"]:
        steps, when = ", ".join(one.step for one in due[:NAMED]), at(due[0].next_attempt_at)
        yield Advice(command=f"fiberwise retry-now {name}", what=f"tries {steps} now instead of at {when}")
    yield Advice(command=f"fiberwise watch {name}", what="follows it to its end")


def _afterwards(facts: Facts, troubles: Sequence[Trouble]) -> Iterator[Advice]:
    name, first = facts.short, next((one for one in troubles if one.decisive), None)
    if facts.seen.outcome == "full":
        yield Advice(command=f"fiberwise show {name}", what="shows its result: nothing needs to be done")
        return
    if facts.failure and facts.failure.type == "BadInput":
        command = f"fiberwise pipelines {facts.seen.pipeline}"
        yield Advice(command=command, what="shows what the request may hold: start anew with better input")
        return
    if facts.origin.fallback_of:
        parent = execution_id_of(facts.origin.fallback_of)[:8]
        yield Advice(
            command=f"fiberwise retry {parent}", what="carries on the run that fell back on this one"
        )
    elif first:
        step = f" from {first.step}" if first.step else ""
        yield Advice(command=f"fiberwise retry {name}", what=f"carries it on{step}: what was done is kept")
    yield Advice(command=f"fiberwise rerun {name}", what="does all of it afresh")


def _hints(troubles: Sequence[Trouble], told: Collection[str]) -> Iterator[Advice]:
    """What the errors themselves say is to be done, unless it is among the commands."""
    found = dict.fromkeys(error.hint for one in troubles if one.decisive for error in _errors(one))
    for hint in list(filter(None, found))[:NAMED]:
        if not any(f"`{command}`" in hint for command in told):
            yield Advice(what=hint)


def _errors(trouble: Trouble) -> list[Failure]:
    return [trouble.cause, *(one.error for one in trouble.tries if one.error)]
