"""What `retry ID` and `rerun ID` do: as `run`, they follow what they begin, and print its result."""

from collections.abc import Awaitable, Callable, Sequence

from temporalio.client import Client

from fiberwise.runtime.settings import Settings
from starter import retrying
from starter.cli.moments import span
from starter.cli.ordering import current_user
from starter.cli.running import attended, carried_on, conclude, left_open
from starter.cli.serving import serving
from starter.cli.terminal import tell
from starter.connection import Connection, connection
from starter.retrying import Again
from starter.starts import Ordered, Started

Find = Callable[[Client, Settings, str, Again], Awaitable[Ordered | Started]]


def wanted(
    from_step: str, changes: Sequence[str] | None, hold: bool | None, deadline: str, no_cache: bool
) -> Again:
    """Raises BadInput for a deadline that is no length of time."""
    return Again(
        current_user(),
        "cli",
        from_step,
        changes or (),
        span(deadline, "--deadline") if deadline else None,
        hold,
        no_cache,
    )


async def retry(settings: Settings, asked: str, again: Again, strict: bool, as_json: bool) -> int:
    """Raises as `retrying.carried_on`."""
    return await _followed(settings, retrying.carried_on, asked, again, strict, as_json)


async def redrive(settings: Settings, asked: str, again: Again, strict: bool, as_json: bool) -> int:
    """Raises as `retrying.redriven`."""
    return await _followed(settings, retrying.redriven, asked, again, strict, as_json)


async def rerun(settings: Settings, asked: str, again: Again, strict: bool, as_json: bool) -> int:
    """Raises as `retrying.repeated`."""
    return await _followed(settings, retrying.repeated, asked, again, strict, as_json)


async def _followed(
    settings: Settings, find: Find, asked: str, again: Again, strict: bool, as_json: bool
) -> int:
    async with connection(settings, tell) as reached:
        found = await find(reached.client, settings, asked, again)  # what is refused needs no worker
        async with serving(reached) as here:
            left = await left_open(reached) if here else []
            started = await _begun(reached, found, again, here)
            answer = await attended(reached, started.handle.id, here)
            code = conclude(answer, strict, as_json)
            await carried_on(reached, [one for one in left if one != started.handle.id])
    return code


async def _begun(reached: Connection, found: Ordered | Started, again: Again, here: bool) -> Started:
    if isinstance(found, Ordered):
        _say(found)
        found = await retrying.begun(reached.client, reached.settings, found, again, eager=here)
    if found.existing:
        tell(f"it is carried on already: {found.handle.id}")
    return found


def _say(order: Ordered) -> None:
    if order.past.retry_of:
        steps = ", ".join(dict.fromkeys(one.step for one in order.past.takeover)) or "nothing"
        tell(f"carries on {order.past.retry_of}; taken over where it fits: {steps}")
        for step, one in order.past.redrive.items():
            tell(f"{step}: {max(ledger.gaps for ledger in one.ledgers):,} chunks are tried again")
    else:
        tell(f"repeats {order.past.rerun_of}")
