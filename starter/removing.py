"""What `clean` does: gathers what is referred to, by server and stores, and removes what is old and is not."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from fiberwise.contracts.removal import Amount, Removal
from fiberwise.runtime.settings import Settings
from fiberwise.store import disposal, outdated
from fiberwise.store.mentions import Mentions
from fiberwise.store.reading import reading

AT_ONCE = 10
# A start puts its data set into the store before the server knows of it: an hour is long for that.
JUST_NOW = timedelta(hours=1)
# The server's list of executions is behind the truth by up to half a second.
LAG, MINUTE = timedelta(seconds=2), timedelta(minutes=1)
ELSEWHERE = "the artifact store is not on this machine: its files stay"
ENCODED = "histories are encoded, so that what they refer to cannot be told: all files stay"


async def clean(client: Client, settings: Settings, older_than: datetime, *, dry_run: bool) -> Removal:
    """Removes artifacts, cache entries and records that nothing refers to. What cannot be judged stays.

    Entries go first: whatever takes one afterwards computes anew, and refers to nothing of it. Raises
    ServiceUnavailable where server or record store do not answer, and RPCError; then no file has been touched.
    """
    entries = await asyncio.to_thread(_entries, settings, older_than, dry_run)
    mentions, looked = Mentions(), datetime.now(UTC)
    begun = await _note_server(client, mentions)
    before = min([older_than, datetime.now(UTC) - JUST_NOW, *begun])
    gone, stay = await asyncio.to_thread(_records, settings, mentions, older_than, dry_run)
    if not dry_run:  # what was not listed yet, and what was begun meanwhile, on a record that is gone now
        await asyncio.sleep(LAG.total_seconds())
        await _note_server(client, mentions, f"StartTime >= '{(looked - MINUTE).isoformat()}'")
    found = Removal(
        dry_run=dry_run, older_than=older_than, files_before=before, removed=[*entries, *gone], stay=stay
    )
    if client.data_converter.payload_codec is not None:
        return found.model_copy(update={"unjudged": [ENCODED]})
    return await asyncio.to_thread(_with_files, found, settings, mentions)


def _entries(settings: Settings, older_than: datetime, dry_run: bool) -> list[Amount]:
    with reading(settings.database_url) as engine:
        return outdated.drop_entries(engine, older_than, dry_run) if engine else []


def _records(
    settings: Settings, mentions: Mentions, older_than: datetime, dry_run: bool
) -> tuple[list[Amount], list[Amount]]:
    _note_published(settings.published_folder, mentions)
    with reading(settings.database_url) as engine:
        if engine is None:
            return [], []
        outdated.note_kept(engine, mentions, older_than)
        return outdated.drop_records(engine, mentions, older_than, dry_run)


def _with_files(found: Removal, settings: Settings, mentions: Mentions) -> Removal:
    root = disposal.folder_of(settings.artifacts_url)
    if root is None:
        return found.model_copy(update={"unjudged": [*found.unjudged, ELSEWHERE]})
    files, stay = disposal.unmentioned(root, mentions, found.files_before)
    left = list(disposal.unfinished(root, found.files_before))
    if not found.dry_run:
        files = [file for file in files if disposal.dispose(file, found.files_before)]
        for path in left:
            disposal.sweep(path)
    removed = [*found.removed, *disposal.amounts(files), *_unfinished(left)]
    return found.model_copy(update={"removed": removed, "stay": [*found.stay, *disposal.amounts(stay)]})


def _unfinished(left: list[Path]) -> list[Amount]:
    return [Amount(store="artifacts", kind="unfinished", count=len(left))] if left else []


def _note_published(folder: Path, mentions: Mentions) -> None:
    """A publication refers to the files that it names, and to the execution that it is of."""
    for path in folder.glob("*/*/*"):
        mentions.note(str(path).encode())
        if path.is_file() and not path.is_symlink():
            mentions.note_file(path)


async def _note_server(client: Client, mentions: Mentions, query: str = "") -> list[datetime]:
    """Whatever the server has, running or ended, of whichever workflow. When those that run began."""
    places, begun = asyncio.Semaphore(AT_ONCE), list[datetime]()

    async def one(execution: WorkflowExecution) -> None:
        try:
            await _note_execution(client, execution, mentions)
        finally:
            places.release()

    async with asyncio.TaskGroup() as group:
        async for execution in client.list_workflows(query or None):
            if execution.status == WorkflowExecutionStatus.RUNNING:
                begun.append(execution.start_time)
            await places.acquire()
            group.create_task(one(execution))
    async for schedule in await client.list_schedules():
        described = await client.get_schedule_handle(schedule.id).describe()
        mentions.note(described.raw_description.SerializeToString())
    return begun


async def _note_execution(client: Client, execution: WorkflowExecution, mentions: Mentions) -> None:
    """Its history, and what of its attempts is not in there yet. One that is forgotten meanwhile has neither."""
    handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
    mentions.note(execution.id.encode())
    try:
        async for event in handle.fetch_history_events():
            mentions.note(event.SerializeToString())
        mentions.note((await handle.describe()).raw_description.SerializeToString())
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
