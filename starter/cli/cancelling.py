"""What `cancel` does."""

import asyncio

from fiberwise.runtime.settings import Settings
from starter.cli.acting import at_the_controls
from starter.cli.following import POLL_SECONDS
from starter.cli.serving import serving
from starter.cli.terminal import answer, answer_json, tell
from starter.connection import Connection, connection
from starter.views import listed

# A cancel takes effect within a second where a worker serves; one that is busy elsewhere may take longer.
WAIT_SECONDS = 8


async def cancel(settings: Settings, asked: str, reason: str, as_json: bool) -> int:
    """Asks, and waits a little for it to take effect. Raises Refused for an execution that has ended."""
    async with connection(settings, tell) as reached, serving(reached):
        acted = await at_the_controls(reached).cancel(asked, reason)
        outcome = await _outcome(reached, acted.workflow_id)
    if as_json:
        answer_json({"workflow_id": acted.workflow_id, "outcome": outcome, "requested": True})
    else:
        answer(f"{acted.workflow_id}: {outcome or 'asked to stop; it will once a worker serves it'}")
    return 0


async def _outcome(reached: Connection, workflow_id: str) -> str | None:
    """None where it goes on for now: as it does while a step that cannot be stopped runs."""
    handle = reached.client.get_workflow_handle(workflow_id)
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            while (found := listed(await handle.describe())).status == "running":  # noqa: ASYNC110 - nothing signals it
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        return None
    return found.outcome
