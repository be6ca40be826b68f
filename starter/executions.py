"""Finding executions: one by the beginning of its id, many by what they are."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from fiberwise.contracts.errors import BadInput, NotFound
from fiberwise.contracts.view import ExecutionView
from starter.phases import HELD
from starter.views import listed, view
from workflows import AVAILABLE_PIPELINES

ASKED_AT_ONCE = 10
CANDIDATES = 5
BY_STATUS = {
    "running": ("Running",),
    "completed": ("Completed",),
    "failed": ("Failed", "Canceled", "Terminated", "TimedOut"),
}
# A run that its server or a person ended had no chance to say its outcome.
BY_OUTCOME = {"failed": ("Failed", "Terminated"), "cancelled": ("Canceled",), "timed_out": ("TimedOut",)}
OUTCOMES = ("full", "degraded", "fallback", "failed", "cancelled", "timed_out")
PHASES = (
    "running", "backing_off", "paused", "waiting_approval", "needs_repair", "no_worker", "blocked",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Which executions to list; an empty field does not filter."""

    pipeline: str = ""
    status: str = ""
    outcome: str = ""
    phase: str = ""
    user: str = ""
    since: datetime | None = None
    limit: int = 20

    def __post_init__(self) -> None:
        """Raises BadInput for a word that does not exist."""
        _check("status", self.status, BY_STATUS)
        _check("outcome", self.outcome, OUTCOMES)
        _check("phase", self.phase, PHASES)


def _check(field: str, word: str, known: Collection[str]) -> None:
    if word and word not in known:
        raise BadInput(f"`{word}` is no {field}", where=f"--{field}", hint=f"there are: {', '.join(known)}")


async def find(client: Client, asked: str) -> str:
    """The workflow id that `asked` is, or begins: with or without the pipeline's name before it.

    Raises NotFound; BadInput, naming candidates, where it is the beginning of several.
    """
    for workflow_id in _whole(asked):
        if await is_known(client, workflow_id):
            return workflow_id
    found = await _beginning(client, asked) if asked.strip("/") else []
    # The server's list may still name one that is gone.
    return only(asked, [one for one in found if await is_known(client, one)])


def only(asked: str, found: Sequence[str]) -> str:
    """The one workflow id of those found that begin as `asked`. Raises as `find`."""
    if len(found) == 1:
        return found[0]
    if found:
        named = ", ".join(found[:CANDIDATES]) + (", …" if len(found) > CANDIDATES else "")
        raise BadInput(f"`{asked}` is the beginning of several: {named}", where="ID", hint="give more of it")
    raise NotFound(
        f"there is no execution `{asked}`", where="ID", hint="`fiberwise list` shows what there is"
    )


async def listing(client: Client, wanted: Wanted, ui_url: str = "") -> list[ExecutionView]:
    """Executions newest first, the phases of running ones asked some at a time."""
    limit = None if wanted.phase else wanted.limit
    rows = [
        listed(one, ui_url, client.namespace)
        async for one in client.list_workflows(query_of(wanted), limit=limit)
    ]
    places = asyncio.Semaphore(ASKED_AT_ONCE)

    async def looked(row: ExecutionView) -> ExecutionView:
        async with places:
            return await view(client, row.workflow_id, ui_url) if row.status == "running" else row

    found = [one for one in await asyncio.gather(*map(looked, rows)) if wanted.phase in ("", one.phase)]
    return sorted(found, key=lambda one: one.started_at, reverse=True)[: wanted.limit]


async def running(client: Client, limit: int) -> list[str]:
    """Workflow ids of executions that are open, none of them asked."""
    query = query_of(Wanted(status="running"))
    return [one.id async for one in client.list_workflows(query, limit=limit)]


def query_of(wanted: Wanted) -> str:
    """The list query of Temporal: of pipelines alone, since our own upkeep runs as workflows too."""
    parts = [
        _among("WorkflowType", [wanted.pipeline] if wanted.pipeline else AVAILABLE_PIPELINES),
        _of_status("running" if wanted.phase else wanted.status),
        _of_outcome(wanted.outcome),
        # These a run says of itself; the others only a look at each tells.
        f"Phase = {quoted(wanted.phase)}" if wanted.phase in HELD else "",
        f"User = {quoted(wanted.user)}" if wanted.user else "",
        f"StartTime >= {quoted(wanted.since.isoformat())}" if wanted.since else "",
    ]
    return " AND ".join(filter(None, parts))


def quoted(text: str) -> str:
    """Text as a literal of the query language, whatever it holds."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _of_status(status: str) -> str:
    return _among("ExecutionStatus", BY_STATUS[status]) if status else ""


def _of_outcome(outcome: str) -> str:
    said = f"Outcome = {quoted(outcome)}" if outcome else ""
    if outcome not in BY_OUTCOME:
        return said
    return f"({said} OR (Outcome IS NULL AND {_among('ExecutionStatus', BY_OUTCOME[outcome])}))"


def _among(field: str, values: Iterable[str]) -> str:
    return f"{field} IN ({', '.join(quoted(value) for value in values)})"


def _whole(asked: str) -> list[str]:
    if "/" in asked:
        return [asked]
    try:
        whole = str(UUID(asked))
    except ValueError:
        return [asked] if asked else []
    return [f"{pipeline}/{whole}" for pipeline in AVAILABLE_PIPELINES]


async def is_known(client: Client, workflow_id: str) -> bool:
    """Whether Temporal has the execution: it forgets one that ended when the namespace's retention has passed."""
    try:
        await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT):
            return False
        raise
    return True


async def _beginning(client: Client, asked: str) -> list[str]:
    beginnings = [asked] if "/" in asked else [f"{pipeline}/{asked}" for pipeline in AVAILABLE_PIPELINES]
    begins = " OR ".join(f"WorkflowId STARTS_WITH {quoted(beginning)}" for beginning in beginnings)
    # The streams of its steps have ids that begin with its own.
    query = f"{_among('WorkflowType', AVAILABLE_PIPELINES)} AND ({begins})"
    found: dict[str, None] = {}
    async for execution in client.list_workflows(query):
        found[execution.id] = None  # a run that continued as new is there once for each of its runs
        if len(found) > CANDIDATES:
            break
    return list(found)
