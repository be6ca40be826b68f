"""Every run ends in one record; a store that is down neither holds nor fails a run."""

import asyncio
import time

import pytest
from sqlalchemy import create_engine, text
from temporalio.client import Client, WorkflowFailureError

from fiberwise.contracts.identity import execution_id_of
from fiberwise.orchestration.reconcile import Reconciler, Window
from fiberwise.pipeline.anatomy import check_registry
from fiberwise.pipeline.ending import final_record
from fiberwise.pipeline.results import result_of
from fiberwise.runtime.settings import Settings
from fiberwise.store.recorder import Recorder
from tests.conftest import Serve
from tests.workflows.running import Result, begin, ended, told
from tests.workflows.scripted import Script, ScriptedPipeline
from worker import build

PIPELINES = {"scripted": ScriptedPipeline}


async def test_a_run_is_in_the_store_with_its_log_and_figures(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "scripted", Script(first=["error"])))
    with create_engine(settings.database_url).connect() as store:
        row = store.execute(text("select * from pipeline_executions")).mappings().one()
        steps = store.execute(text("select distinct step_name, metric_type from pipeline_metrics")).all()
    assert (row["pipeline_type"], row["status"], row["outcome"]) == ("scripted", "completed", "full")
    assert (row["created_by"], row["trigger"]) == ("tester", "test")
    assert ("first", "timing") in steps
    assert ("left", "resource") in steps
    assert len(result.execution_log) == 4


async def test_a_run_whose_own_code_fails_it_is_recorded_with_its_log_like_any_other(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES) as recorder:
        handle = await begin(client, settings, "scripted", Script(refuse="nothing to do"))
        result = await result_of(handle)
        assert await recorder.has_final(result.execution_id)
    assert (result.status, result.outcome, result.reasons) == ("failed", "failed", ["nothing to do"])
    assert result.failure is not None
    assert result.failure.type == "Refused"
    assert told(result.execution_log, "first") == [(1, "completed")]


async def test_a_terminated_run_ended_when_the_server_says_not_when_it_last_did_something(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "scripted", Script(first=["hang"]))
        await asyncio.sleep(1)
        await handle.terminate()
        result, described = await result_of(handle), await handle.describe()
    assert result.metadata.completed_at == described.close_time


async def test_the_story_of_a_run_that_goes_on_does_not_call_it_completed(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "scripted", Script(first=["hang"]))
        story = await handle.query("story", result_type=Result)
        await handle.terminate()
    assert story.status == "running"


async def test_a_store_that_is_down_neither_holds_nor_fails_a_run(client: Client, settings: Settings):
    broken = Recorder("postgresql://nobody@127.0.0.1:1/none", settings.artifacts_url)
    began = time.monotonic()
    async with build(client, settings, PIPELINES, broken):
        result = await ended(await begin(client, settings, "scripted", Script()))
    await broken.close()
    assert result.outcome == "full"
    assert time.monotonic() - began < 30


async def test_the_reconciler_records_what_was_terminated_and_what_the_store_missed(
    client: Client, settings: Settings, serve: Serve
):
    began = time.time()

    def window() -> Window:
        """What ended in this test: those of the session whose worker is gone are asked in vain for seconds each."""
        return Window(seconds=time.time() - began)

    async with build(
        client, settings, PIPELINES, Recorder("sqlite:////nowhere/at/all", settings.artifacts_url)
    ):
        missed = await ended(await begin(client, settings, "scripted", Script()))
        handle = await begin(client, settings, "scripted", Script(first=["hang"]))
        await handle.terminate(reason="enough")
    async with serve(PIPELINES) as recorder:
        reconciler = Reconciler(recorder, check_registry(PIPELINES))
        awaited, mended = {missed.execution_id, handle.id.rsplit("/", 1)[-1]}, set[str]()
        async with asyncio.timeout(30):  # the server's list of runs lags, each of them by a time of its own
            while not awaited <= mended:
                mended |= set((await reconciler.reconcile(client, window())).repaired)
                await asyncio.sleep(0.2)
        again = await reconciler.reconcile(client, window())
    with create_engine(settings.database_url).connect() as store:
        rows = dict(store.execute(text("select workflow_id, reasons from pipeline_executions")).all())
    assert again.repaired == []
    assert any(missed.execution_id in one for one in rows)
    assert "enough" in rows[handle.id]


async def test_a_run_that_was_terminated_after_it_recorded_its_end_is_recorded_as_terminated(
    client: Client, settings: Settings, serve: Serve
):
    unserved = settings.model_copy(update={"task_queue": f"{settings.task_queue}-unserved"})
    async with serve(PIPELINES) as recorder:
        well = await ended(await begin(client, settings, "scripted", Script()))
        handle = await begin(client, unserved, "scripted", Script())
        same = well.model_copy(update={"execution_id": execution_id_of(handle.id)})
        await recorder.record_final(final_record(same, handle.id, None))
        await handle.terminate(reason="enough")
        reconciler = Reconciler(recorder, check_registry(PIPELINES))
        mended = set[str]()
        async with asyncio.timeout(30):
            while same.execution_id not in mended:  # the server's list of runs lags
                mended |= set((await reconciler.reconcile(client, Window(seconds=60))).repaired)
                await asyncio.sleep(0.2)
        again = await reconciler.reconcile(client, Window(seconds=60))
    with create_engine(settings.database_url).connect() as store:
        rows = dict(store.execute(text("select workflow_id, outcome from pipeline_executions")).all())
    assert rows[handle.id] == "failed"
    assert same.execution_id not in again.repaired


@pytest.mark.parametrize("request_", [None, {"first": ["error"]}])
async def test_a_start_with_plain_json_or_nothing_works_as_from_the_web_ui(
    client: Client, settings: Settings, serve: Serve, request_: dict[str, list[str]] | None
):
    args = [request_] if request_ else []
    async with serve(PIPELINES):
        handle = await client.start_workflow(
            "scripted",
            args=args,
            id=f"by-hand-{settings.task_queue}",
            task_queue=settings.task_queue,
            result_type=dict,
        )
        assert (await handle.result())["outcome"] == "full"


@pytest.mark.parametrize(("request_", "memo"), [({"frist": []}, {}), ({}, {"run": {"faults": 3}})])
async def test_a_start_with_bad_input_or_options_fails_at_once_instead_of_hanging(
    client: Client, settings: Settings, serve: Serve, request_: dict[str, object], memo: dict[str, object]
):
    async with serve(PIPELINES):
        handle = await client.start_workflow(
            "scripted", request_, id=f"bad-{settings.task_queue}", task_queue=settings.task_queue, memo=memo
        )
        with pytest.raises(WorkflowFailureError):
            await handle.result()
