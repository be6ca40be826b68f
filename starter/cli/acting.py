"""What the commands do that act on a run, and what they say of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from pydantic import JsonValue

from fiberwise.contracts.controls import Acted
from fiberwise.contracts.identity import short_id
from fiberwise.runtime.settings import Settings
from starter.cli.edits import changed_fields, only
from starter.cli.ordering import current_user
from starter.cli.running import carried_on
from starter.cli.serving import serving
from starter.cli.terminal import answer, answer_json, tell
from starter.client import FiberWise
from starter.connection import Connection, connection

Act = Callable[[FiberWise], Awaitable[Acted | None]]


async def act(settings: Settings, doing: Act, as_json: bool, *, goes_on: bool = False) -> int:
    """Does it, and says so. A run that then goes on is carried to its end where the embedded stack is our own.

    `doing` may end without having done anything: where a person who was asked leaves things as they are.
    """
    async with connection(settings, tell) as reached, serving(reached) as here:
        acted = await doing(at_the_controls(reached))
        if acted is None:
            return 0
        _say(acted, as_json)
        if here and goes_on:
            await carried_on(reached, [acted.workflow_id])
        elif goes_on:
            tell(f"fiberwise watch {short_id(acted.workflow_id)}")
    return 0


def at_the_controls(reached: Connection) -> FiberWise:
    """The client in the name of whoever types."""
    return FiberWise(reached, user=current_user(), trigger="cli")


async def approve(
    client: FiberWise,
    id: str,
    reason: str,
    step: str,
    given: Mapping[str, JsonValue],
    changes: Sequence[str],
) -> Acted:
    """With the fields changed that are given or set."""
    one = only(await client.waiting(id), "waiting_approval", step) if changes else None
    fields = changed_fields(one.input if one else None, given, changes)
    return await client.approve(id, reason, step=step, input=fields or None)


def _say(acted: Acted, as_json: bool) -> None:
    answer_json(acted) if as_json else answer(f"{acted.workflow_id}: {_told(acted)}")
    if acted.recorded is False:
        tell("its record stays open until the reconciler comes, or you type `fiberwise reconcile`")


def _told(acted: Acted) -> str:
    attempts, noted = ", ".join(acted.attempts), acted.noted
    said = {
        "pause": "paused" + (f", {attempts} held back" if attempts else ""),
        "resume": "resumed" + (f", {attempts} begins now" if attempts else ""),
        "retry_now": f"{attempts} begins now",
        "terminate": "terminated",
        "cancel": "asked to stop",
    }
    if acted.kind in said or not noted:
        return said.get(acted.kind, acted.kind)
    return f"{acted.kind} of {noted.step}#{noted.call}" + (f": {noted.action}" if noted.action else "")
