"""What Temporal has forgotten once its retention passed, the record store still answers: a key holds for good."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client

from fiberwise.contracts.errors import BadInput, KeyReused, NotFound, ServiceUnavailable
from fiberwise.contracts.record import RunningRecord
from fiberwise.contracts.view import RunAnswer
from fiberwise.orchestration.reconcile import FORGOTTEN
from fiberwise.pipeline.anatomy import anatomy
from fiberwise.runtime.settings import Settings
from fiberwise.store.recorder import Recorder
from starter.client import FiberWise
from starter.connection import Connection
from starter.executions import is_known
from starter.starts import Ordered, Started, start
from tests.workflows.scripted import Script, ScriptedPipeline

LARGE = Script(first=["long text"], left=["long text"])  # past the 64 KB that the record itself holds
UNREACHABLE = "postgresql://nobody@127.0.0.1:1/none"


@dataclass(frozen=True)
class Past:
    """An execution as it was started and answered, before Temporal forgot it."""

    started: Started
    answer: RunAnswer


@pytest.fixture
def fiberwise(client: Client, settings: Settings) -> FiberWise:
    return FiberWise(Connection(client, settings, ""))


@pytest.fixture
async def past(
    client: Client, settings: Settings, fiberwise: FiberWise, serve: Callable[..., object]
) -> Past:
    async with serve({"scripted": ScriptedPipeline}):
        started = await start(client, settings, ordered(LARGE))
        answer = await fiberwise.answer(started.handle.id)
    await forget(client, started.handle.id)
    return Past(started, answer)


def ordered(script: Script, key: str = "nightly") -> Ordered:
    return Ordered(anatomy(ScriptedPipeline), script, user="ann", source="orders.csv", key=key)


async def forget(client: Client, workflow_id: str) -> None:
    """As retention does."""
    execution = WorkflowExecution(workflow_id=workflow_id)
    request = DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=execution)
    await client.workflow_service.delete_workflow_execution(request)
    async with asyncio.timeout(20):
        while await is_known(client, workflow_id):  # noqa: ASYNC110 - the server gives no signal
            await asyncio.sleep(0.05)


async def test_a_key_that_temporal_has_forgotten_names_the_same_execution(
    client: Client, settings: Settings, past: Past
):
    again = await start(client, settings, ordered(LARGE))
    assert (again.execution_id, again.existing, again.forgotten) == (past.started.execution_id, True, True)
    assert not await is_known(client, again.handle.id)


async def test_a_key_that_temporal_has_forgotten_is_refused_with_another_input(
    client: Client, settings: Settings, past: Past
):
    with pytest.raises(KeyReused, match="was used with another input"):
        await start(client, settings, ordered(Script()))
    assert not await is_known(client, past.started.handle.id)


async def test_the_answer_of_a_forgotten_execution_is_the_one_it_gave_then(fiberwise: FiberWise, past: Past):
    found = await fiberwise.answer(past.started.execution_id[:8])
    then = past.answer.model_dump(exclude={"links": True, "metadata": {"server_version"}})
    assert found.model_dump(exclude={"links": True, "metadata": {"server_version"}}) == then
    assert found.links.temporal_ui == ""


async def test_a_forgotten_execution_is_seen_as_it_ended(fiberwise: FiberWise, past: Past):
    seen = await fiberwise.view(past.started.handle.id)
    assert (seen.workflow_id, seen.phase, seen.outcome) == (past.started.handle.id, "ended", "full")
    assert (seen.user, seen.source) == ("ann", "orders.csv")
    assert seen.duration_ms


async def test_an_id_that_neither_knows_is_not_found(fiberwise: FiberWise, past: Past):
    for asked in ("0000", "no-such-run", "other-pipeline/" + past.started.execution_id, "", "/"):
        with pytest.raises(NotFound, match="no execution"):
            await fiberwise.answer(asked)


async def test_the_beginning_of_several_forgotten_executions_is_refused(
    fiberwise: FiberWise, settings: Settings
):
    await note(settings, *(begun(f"abcd0000-0000-4000-8000-00000000000{n}") for n in (1, 2)))
    with pytest.raises(BadInput, match="the beginning of several"):
        await fiberwise.answer("abcd")


async def test_a_run_that_was_lost_half_way_is_not_done_again_under_its_key(
    client: Client, settings: Settings, fiberwise: FiberWise
):
    """Its server's database is gone, say. What it did by then nobody knows."""
    order = ordered(Script(), key="lost")
    first = await start(client, settings, order)
    known = await (await first.handle.describe()).memo()
    await note(settings, begun(first.execution_id, input_hash=known["run"]["input_hash"]))
    await first.handle.terminate()
    await forget(client, first.handle.id)
    again = await start(client, settings, order)
    assert (again.existing, again.forgotten) == (True, True)
    found = await fiberwise.answer(again.handle.id)
    assert (found.status, found.outcome, found.reasons) == ("failed", "failed", [FORGOTTEN])


async def test_a_new_key_is_refused_while_the_store_is_down_since_it_may_be_an_old_one(
    client: Client, settings: Settings
):
    blind, order = settings.model_copy(update={"database": UNREACHABLE}), ordered(Script(), key="unsure")
    with pytest.raises(ServiceUnavailable, match="nobody can tell whether the key was used before") as caught:
        await start(client, blind, order)
    assert "start without a key" in caught.value.hint
    known = await start(client, settings, order)
    again = await start(client, blind, order)
    await known.handle.terminate()
    assert (known.existing, again.existing) == (False, True)


async def test_without_a_key_nobody_asks_the_store(client: Client, settings: Settings):
    blind = settings.model_copy(update={"database": UNREACHABLE})
    started = await start(client, blind, Ordered(anatomy(ScriptedPipeline), Script()))
    await started.handle.terminate()
    assert not started.existing


async def test_a_look_makes_no_record_store(client: Client, settings: Settings):
    started = await start(client, settings, ordered(Script(), key="first"))
    await started.handle.terminate()
    assert not started.existing
    assert not (Path(settings.home) / "records.sqlite").exists()


def begun(execution_id: str, **known: str) -> RunningRecord:
    fields = {"workflow_id": f"scripted/{execution_id}", "started_at": datetime.now(UTC), **known}
    return RunningRecord.model_validate({"execution_id": execution_id, "pipeline": "scripted", **fields})


async def note(settings: Settings, *records: RunningRecord) -> None:
    recorder = Recorder(settings.database_url, settings.artifacts_url)
    for record in records:
        recorder.note_running(record)
    await recorder.close()
