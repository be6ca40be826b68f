"""What `retry --query` and `--failed-since` do: show which, ask, and begin them at a rate."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from fiberwise.contracts.errors import BadInput
from fiberwise.runtime.settings import Settings
from starter import retrying
from starter.cli.running import carried_on, left_open
from starter.cli.serving import serving
from starter.cli.terminal import answer, answer_json, notes, tell
from starter.connection import connection
from starter.retrying import Again, Chosen, Preview, Summary

SAY_SECONDS = 2


@dataclass(frozen=True)
class Pace:
    """How many to begin a second, and whether to ask before."""

    rate: float
    unasked: bool


def is_meant(id: str, query: str, failed_since: str) -> bool:
    """Whether many are. Raises BadInput for neither one nor many, and for both."""
    many = bool(query or failed_since)
    if many == bool(id):
        hint = "fiberwise retry ID, or --query QUERY, or --failed-since 2h"
        raise BadInput("give an ID, or say which by --query or --failed-since", where="retry", hint=hint)
    return many


async def retry(
    settings: Settings, query: str, since: datetime | None, again: Again, pace: Pace, as_json: bool
) -> int:
    """Without `--yes`, and without a terminal to ask on, the preview is all. Exit code 2 where all were refused."""
    chosen = Chosen(datetime.now(UTC), query, since)
    async with connection(settings, tell) as reached:
        seen = await retrying.preview(reached.client, chosen)
        if not (pace.unasked or _asks()) or not seen.count:
            return _only_shown(seen, as_json)
        tell(_told(seen))
        if not pace.unasked and not await asyncio.to_thread(_agreed, seen.count):
            return 0
        async with serving(reached):
            done = await retrying.retry_all(
                reached.client, settings, chosen, again, pace.rate, _progress(seen.count)
            )
            answer_json(asdict(done)) if as_json else answer(_summary(done))
            if reached.stack and reached.stack.owned:
                await carried_on(reached, await left_open(reached))
    return 2 if done.refused and not done.started else 0


def _asks() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _agreed(count: int) -> bool:
    """Blocks: in a thread of its own, so that Ctrl-C is heard while it waits."""
    try:
        return notes().input(f"retry {count}? (y/N) ").strip().lower() in ("y", "yes")
    except EOFError:  # Ctrl-D
        return False


def _only_shown(seen: Preview, as_json: bool) -> int:
    answer_json(asdict(seen)) if as_json else answer(_told(seen))
    if seen.count:
        tell("nothing has begun: --yes begins them")
    return 0


def _told(seen: Preview) -> str:
    if not seen.count:
        return "no execution fits: nothing to retry"
    pipelines = ", ".join(f"{name} {count}" for name, count in seen.pipelines.items())
    lines = [f"to retry: {seen.count} ({pipelines}); the last to end:"]
    lines += [f"  {one.execution_id[:8]}  {one.pipeline}  {one.outcome}: {one.reason}" for one in seen.first]
    return "\n".join(lines)


def _summary(done: Summary) -> str:
    return "\n".join(_summed_up(done))


def _summed_up(done: Summary) -> Iterator[str]:
    yield f"begun: {done.started} of {done.chosen}"
    for why, reason in done.refused.items():
        names = ", ".join(name[:8] for name in reason.executions)
        more = ", …" if reason.count > len(reason.executions) else ""
        yield f"  refused {reason.count}: {why} ({names}{more})"
    if done.started:
        yield "fiberwise list shows how they go"


def _progress(count: int) -> Callable[[Summary], None]:
    """Says at most every two seconds how far it has come."""
    said = time.monotonic()

    def say(done: Summary) -> None:
        nonlocal said
        if time.monotonic() - said >= SAY_SECONDS:
            said = time.monotonic()
            refused = done.chosen - done.started
            tell(f"{done.chosen} of {count}: {done.started} begun, {refused} refused")

    return say
