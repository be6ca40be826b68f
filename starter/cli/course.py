"""What stands beside the outcome of a run: how whole it is, who made it, who acted on it, what was wasted."""

from collections.abc import Iterator

from rich.text import Text

from fiberwise.contracts.controls import Noted
from fiberwise.contracts.identity import short_id
from fiberwise.contracts.view import RunAnswer
from starter.amounts import count, duration, share

SHOWN = 5
WORTH_SAYING = 0.1
"""The least share of the time that steps ran which, gone into failed attempts, is worth a line."""


def remarks(found: RunAnswer) -> Iterator[Text]:
    """A line each, where there is something to say."""
    if found.completeness < 1:
        yield Text(f"         {share(found.completeness)} of its steps gave a result of their own", "note")
    if found.produced_by:
        yield Text(f"         made by {found.produced_by}", "note")
    for one in found.controls[:SHOWN]:
        yield Text(f"         {_told(one)}", "note")
    if len(found.controls) > SHOWN:
        yield Text(f"         … {count(len(found.controls) - SHOWN, 'control')} more", "note")
    if torn := sum(tally.failed for tally in (found.chunks or {}).values()):
        tried = f"fiberwise redrive {short_id(found.workflow_id)} tries them again"
        yield Text(f"         {count(torn, 'chunk')} failed: {tried}", "note")
    yield from _waste(found)


def _told(one: Noted) -> str:
    """`repair (edit) of extract by ann: the column was renamed`."""
    action = f" ({one.action.replace('_', ' ')})" if one.action else ""
    step = f" of {one.step}" if one.step else ""
    return f"{one.kind.replace('_', '-')}{action}{step} by {one.by}" + (
        f": {one.reason}" if one.reason else ""
    )


def _waste(found: RunAnswer) -> Iterator[Text]:
    wasted, ran = (sum(getattr(line, name) for line in found.receipt) for name in ("wasted_ms", "ran_ms"))
    if ran and wasted / ran >= WORTH_SAYING:
        cpu = sum(line.wasted_cpu_ms for line in found.receipt)
        yield Text(
            f"         {duration(wasted)} (CPU {duration(cpu)}) went into attempts that failed", "note"
        )
