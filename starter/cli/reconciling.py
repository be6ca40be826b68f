"""What `reconcile` does: the record is compared with history, which is the truth."""

from datetime import UTC, datetime

from fiberwise.orchestration.reconcile import Reconciled, Window
from fiberwise.runtime.settings import Settings
from starter.cli.serving import serving
from starter.cli.terminal import answer, answer_json, tell
from starter.closing import reconciler
from starter.connection import connection


async def reconcile(settings: Settings, since: datetime | None, as_json: bool) -> int:
    """Mends what is missing since then. Raises ServiceUnavailable when the store is down."""
    window = Window(seconds=(datetime.now(UTC) - since).total_seconds()) if since else Window()
    # A worker is there to be asked for the log of a run that could not record it.
    async with connection(settings, tell) as reached, serving(reached), reconciler(settings) as known:
        found = await known.reconcile(reached.client, window)
    answer_json(found) if as_json else answer(_told(found))
    return 0


def _told(found: Reconciled) -> str:
    lines = [f"executions looked at: {found.checked}, records mended: {len(found.repaired)}"]
    for execution_id in found.repaired:
        known = "" if execution_id not in found.forgotten else ": the server no longer knows it"
        lines.append(f"  {execution_id}{known}")
    lines += [f"  {execution_id} cannot be mended: {why}" for execution_id, why in found.unmended.items()]
    return "\n".join(lines)
