"""What `replay` and `record` do."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.text import Text
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer

from fiberwise.contracts.errors import BadInput
from fiberwise.runtime.settings import Settings
from starter import executions
from starter.cli.terminal import answer, answer_json, tell
from starter.connection import connection, our_plugin
from starter.histories import read_history, replayable, stumbled, whole_history


@dataclass(frozen=True)
class Replayed:
    """`history`: a file, or a workflow id. `reason` is empty where today's code gives the commands of the history."""

    history: str
    ok: bool
    reason: str = ""


async def show(settings: Settings, files: Sequence[Path], query: str, debug: bool, as_json: bool) -> int:
    """Exit code 1 where any history fails. Raises BadInput for a file that is no history."""
    if bool(files) == bool(query):
        raise BadInput(
            "give files, or --query, one of the two", where="replay", hint="fiberwise replay FILE…"
        )
    read = [_read(file) for file in files]
    async with AsyncExitStack() as stack:
        if query:
            reached = await stack.enter_async_context(connection(settings, tell))
            histories = _listed(reached.client, query)
        else:
            histories = _each(read)
        found = [one async for one in _replayed(settings, histories, debug)]
    if files:
        found = [replace(one, history=str(file)) for one, file in zip(found, files, strict=True)]
    failed = sum(not one.ok for one in found)
    if as_json:
        answer_json([asdict(one) for one in found])
    else:
        answer(_lines(found, failed))
    return 1 if failed else 0


async def record(settings: Settings, asked: str, file: Path, as_json: bool) -> int:
    """Raises BadInput where the file cannot be written."""
    async with connection(settings, tell) as reached:
        workflow_id = await executions.find(reached.client, asked)
        history = await whole_history(reached.client, workflow_id)
    _write(file, history)
    told = {"workflow_id": workflow_id, "file": str(file), "events": len(history.events)}
    answer_json(told) if as_json else answer(f"{workflow_id}: {len(history.events)} events in {file}")
    return 0


def replayer(settings: Settings, debug: bool = False) -> Replayer:
    """Of every registered pipeline, set up as a worker of ours is."""
    return Replayer(
        workflows=list(replayable().values()),
        plugins=[our_plugin(settings.model_copy(update={"sandbox": settings.sandbox and not debug}))],
        debug_mode=debug,
    )


async def _replayed(
    settings: Settings, histories: AsyncIterator[WorkflowHistory], debug: bool
) -> AsyncIterator[Replayed]:
    async with replayer(settings, debug).workflow_replay_iterator(histories) as results:
        async for result in results:
            reason = stumbled(result.replay_failure, result.history.events)
            yield Replayed(result.history.workflow_id, not reason, reason)


def _write(file: Path, history: WorkflowHistory) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(history.to_json() + "\n")
    except OSError as error:
        raise BadInput(
            f"{file} cannot be written: {error.strerror}", where="FILE", hint="name another file"
        ) from error


def _read(file: Path) -> WorkflowHistory:
    try:
        return read_history(file.read_text(), str(file))
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}", where="FILE") from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        hint = "`fiberwise record ID FILE` writes one"
        raise BadInput(f"{file} holds no history: {error}", where="FILE", hint=hint) from error


async def _listed(client: Client, query: str) -> AsyncIterator[WorkflowHistory]:
    """Of pipelines alone: our own upkeep runs as workflows too."""
    async for execution in client.list_workflows(query):
        if execution.workflow_type in replayable():
            yield await client.get_workflow_handle(execution.id, run_id=execution.run_id).fetch_history()


async def _each(histories: Sequence[WorkflowHistory]) -> AsyncIterator[WorkflowHistory]:
    for history in histories:
        yield history


def _lines(found: Sequence[Replayed], failed: int) -> Text:
    text = Text()
    for one in found:
        text.append("✓ " if one.ok else "✗ ", "good" if one.ok else "bad").append(one.history)
        text.append(f"\n  {one.reason[:500]}\n" if one.reason else "\n", "bad")
    return text.append(f"{len(found)} replayed, {failed} failed", "head")
