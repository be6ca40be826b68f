"""What `cancel` does."""

import asyncio

from fiberwise.contracts.errors import BadInput
from fiberwise.runtime.settings import Settings
from starter import executions, views
from starter.cli.following import ends
from starter.cli.serving import serving
from starter.cli.terminal import answer, answer_json, tell
from starter.connection import Connection, connection

# A cancel takes effect within a second where a worker serves; one that is busy elsewhere may take longer.
WAIT_SECONDS = 8


async def cancel(settings: Settings, asked: str, reason: str, as_json: bool) -> int:
    """Asks, and waits a little for it to take effect. Raises BadInput for an execution that has ended."""
    async with connection(settings, tell) as reached:
        workflow_id = await executions.find(reached.client, asked)
        handle = reached.client.get_workflow_handle(workflow_id)
        seen = views.listed(await handle.describe())
        if seen.status != "running":
            raise BadInput(
                f"{workflow_id} has ended already: {seen.outcome}",
                where="ID",
                hint="nothing is left to cancel",
            )
        async with serving(reached):
            await handle.cancel(reason=reason or "cancelled by `fiberwise cancel`")
            outcome = await _outcome(reached, workflow_id)
    if as_json:
        answer_json({"workflow_id": workflow_id, "outcome": outcome, "requested": True})
    else:
        answer(f"{workflow_id}: {outcome or 'asked to stop; it will once a worker serves it'}")
    return 0


async def _outcome(reached: Connection, workflow_id: str) -> str | None:
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            return await ends(reached, workflow_id)
    except TimeoutError:
        return None
