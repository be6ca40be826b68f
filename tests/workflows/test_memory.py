"""Agents remember a source from run to run: drift is told, accepted rules are used, and no run fails for want of it."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text, update
from temporalio.client import Client
from temporalio.worker import Replayer

from activities.resources import Resources, provide
from fiberwise.contracts.cleaning import Rule
from fiberwise.contracts.complex_multi_agent import Request, Results
from fiberwise.contracts.dataset import Generate
from fiberwise.contracts.memory import PROCESSOR, TESTER, State
from fiberwise.orchestration.reconcile import Reconciler, Window
from fiberwise.pipeline.anatomy import check_registry
from fiberwise.runtime.plugin import plugin
from fiberwise.runtime.settings import Settings
from fiberwise.store import memory
from fiberwise.store.engine import open_store, writing
from fiberwise.store.recorder import Recorder
from fiberwise.store.tables import agent_memory
from tests.conftest import Serve
from tests.workflows.running import Result, begin, ended
from worker import build
from workflows import AVAILABLE_PIPELINES

SOURCE = "sales.csv"
PIPELINE = "complex-multi-agent"


@pytest.fixture(autouse=True)
def provided(settings: Settings) -> None:
    provide(Resources(settings.artifacts_url, settings.published_folder))


@pytest.fixture
def data(tmp_path: Path) -> Mapping[str, str]:
    """The same source as it was, and as it is after something has changed."""
    was, is_now = tmp_path / "was.csv", tmp_path / "now.csv"
    was.write_text("mass,shop\n" + "".join(f"{100 + n % 9},{'ab'[n % 2]}\n" for n in range(300)))
    is_now.write_text("mass,shop,new\n" + "".join(f"{150 + n % 9},{'ab'[n % 2]},x\n" for n in range(300)))
    return {"was": str(was), "now": str(is_now)}


async def run(client: Client, settings: Settings, data: str, **fields: Any) -> Result:
    request = Request(data=data, source=SOURCE, **fields)
    return await ended(await begin(client, settings, PIPELINE, request, source=SOURCE))


def results(found: Result) -> Results:
    return Results.model_validate(found.results)


def kinds(found: Result) -> set[str]:
    """Of its findings."""
    synthesis = results(found).synthesis
    assert synthesis
    return {finding.kind for finding in synthesis.findings}


def states(settings: Settings) -> dict[str, State]:
    engine = open_store(settings.database_url)
    found = memory.recall(engine, SOURCE).states
    engine.dispose()
    return found


async def test_a_source_does_not_drift_against_itself_and_does_after_a_change(
    client: Client, settings: Settings, serve: Serve, data: Mapping[str, str]
):
    async with serve(AVAILABLE_PIPELINES):
        first, same, changed = [await run(client, settings, data[name]) for name in ("was", "was", "now")]
    drifts = [synthesis.drift for one in (first, same, changed) if (synthesis := results(one).synthesis)]
    assert drifts[0] is None
    assert drifts[1]
    assert (drifts[1].execution_id, drifts[1].changes) == (first.execution_id, [])
    assert drifts[2]
    assert drifts[2].execution_id == same.execution_id
    assert {(one.column, one.what) for one in drifts[2].changes} == {("new", "come"), ("mass", "mean")}
    assert kinds(changed) - kinds(same) >= {"drift", "columns_come"}
    steps = [[entry.step for entry in one.execution_log] for one in (first, same, changed)]
    assert sorted(steps[0]) == sorted(steps[1]) == sorted(steps[2])


async def test_a_run_that_recalls_replays_though_the_memory_has_changed_since(
    client: Client, settings: Settings, serve: Serve, data: Mapping[str, str]
):
    async with serve(AVAILABLE_PIPELINES):
        await run(client, settings, data["was"])
        handle = await begin(client, settings, PIPELINE, Request(data=data["now"], source=SOURCE))
        assert "drift" in kinds(await ended(handle))
    ours = plugin(None, sandbox=False)
    await Replayer(workflows=list(AVAILABLE_PIPELINES.values()), plugins=[ours]).replay_workflow(
        await handle.fetch_history()
    )


async def test_rules_that_a_full_run_was_given_are_used_by_the_next_which_says_so(
    client: Client, settings: Settings, serve: Serve, data: Mapping[str, str]
):
    chosen = (Rule.TRIM, Rule.CASTS)
    async with serve(AVAILABLE_PIPELINES):
        plain = await run(client, settings, data["was"])
        given = await run(client, settings, data["was"], rules=chosen)
        reused = await run(client, settings, data["was"])
        again = await run(client, settings, data["was"])
        over = await run(client, settings, data["was"], rules_given=True)
    assert results(plain).transform != results(reused).transform
    assert (accepted := getattr(results(reused).transform, "accepted", None))
    assert (accepted.rules, accepted.execution_id) == (chosen, given.execution_id)
    assert "accepted_rules" in kinds(reused) - kinds(given)
    told = {name: entry.cache for name, entry in _transforms(reused=reused, again=again).items()}
    assert told == {
        "reused": "miss, because memory changed",
        "again": f"hit, from execution {reused.execution_id}",
    }
    assert getattr(results(over).transform, "accepted", 1) is None


def _transforms(**runs: Result) -> dict[str, Any]:
    return {
        name: entry for name, one in runs.items() for entry in one.execution_log if entry.step == "transform"
    }


async def test_two_runs_at_once_are_both_remembered(
    client: Client, settings: Settings, serve: Serve, data: Mapping[str, str]
):
    async with serve(AVAILABLE_PIPELINES):
        pair = await asyncio.gather(*(run(client, settings, data[name]) for name in ("was", "now")))
    found = states(settings)
    both = {one.execution_id for one in pair}
    assert {one.execution_id for one in found[PROCESSOR].parts["profile"]} == both
    assert {one.execution_id for one in found[TESTER].parts["judgement"]} == both


async def test_a_worker_whose_memory_is_off_neither_recalls_nor_learns(
    client: Client, settings: Settings, data: Mapping[str, str]
):
    off = settings.model_copy(update={"memory": False})
    recorder = Recorder(off.database_url, off.artifacts_url, remembers=off.memory)
    async with build(client, off, AVAILABLE_PIPELINES, recorder):
        await run(client, settings, data["was"])
        found = await run(client, settings, data["now"])
    await recorder.close()
    assert (getattr(results(found).synthesis, "drift", 1), states(settings)) == (None, {})


async def test_a_run_goes_on_without_a_memory_that_a_newer_version_wrote_and_says_so(
    client: Client, settings: Settings, serve: Serve, data: Mapping[str, str]
):
    async with serve(AVAILABLE_PIPELINES):
        await run(client, settings, data["was"])
        engine = open_store(settings.database_url)
        with writing(engine) as connection:
            connection.execute(update(agent_memory).values(format=99))
        engine.dispose()
        found = await run(client, settings, data["now"])
    assert (found.outcome, "memory" in kinds(found)) == ("full", True)
    assert "newer version" in (getattr(results(found).transform, "not_recalled", "") or "")


async def test_a_store_that_is_down_costs_the_memory_and_not_the_run(
    client: Client, settings: Settings, data: Mapping[str, str]
):
    away = Recorder("postgresql://nobody@127.0.0.1:1/none", settings.artifacts_url)
    async with build(client, settings, AVAILABLE_PIPELINES, away):
        found = await run(client, settings, data["was"])
    await away.close()
    assert (found.outcome, "memory" in kinds(found)) == ("full", True)


async def test_what_a_run_could_not_record_the_reconciler_has_the_agents_remember(
    client: Client, settings: Settings, serve: Serve, data: Mapping[str, str]
):
    began = time.time()
    away = Recorder("sqlite:////nowhere/at/all", settings.artifacts_url)
    async with build(client, settings, AVAILABLE_PIPELINES, away):
        missed = await run(client, settings, data["was"], rules=(Rule.TRIM,))
    async with serve(AVAILABLE_PIPELINES) as recorder:
        reconciler = Reconciler(recorder, check_registry(AVAILABLE_PIPELINES))
        async with asyncio.timeout(30):  # the server's list of runs lags
            while PROCESSOR not in states(settings):
                await reconciler.reconcile(client, Window(seconds=time.time() - began))
                await asyncio.sleep(0.2)
    found = states(settings)[PROCESSOR]
    assert [one.execution_id for one in found.parts["profile"]] == [missed.execution_id]
    assert found.parts["decision"][0].value == {"rules": ["trim"]}


async def test_made_data_is_remembered_by_what_made_it(client: Client, settings: Settings, serve: Serve):
    async with serve(AVAILABLE_PIPELINES):
        for seed in (1, 2):
            request = Request(generate=Generate(rows=500, seed=seed))
            found = await ended(await begin(client, settings, PIPELINE, request))
    drift = getattr(results(found).synthesis, "drift", None)
    assert drift
    assert drift.changes == []
    with create_engine(settings.database_url).connect() as store:
        sources = store.execute(text("select distinct source from agent_memory")).scalars().all()
    assert sources == ["generate_test_data:orders"]


async def test_a_run_that_failed_teaches_nothing(
    client: Client, settings: Settings, serve: Serve, data: Mapping[str, str]
):
    async with serve(AVAILABLE_PIPELINES):
        request = Request(data=data["was"], source=SOURCE)
        faults: Any = {"extract": "fail", "transform": "fail", "digest": "fail"}
        found = await ended(await begin(client, settings, PIPELINE, request, faults))
    assert (found.status, states(settings)) == ("failed", {})


async def test_a_run_that_streams_remembers_as_one_that_does_not(
    client: Client, settings: Settings, serve: Serve, data: Mapping[str, str]
):
    async def streamed(name: str) -> Result:
        request = Request(data=data[name], source=SOURCE)
        return await ended(await begin(client, settings, PIPELINE, request, stream=True))

    async with serve(AVAILABLE_PIPELINES):
        given = await run(client, settings, data["was"], rules=(Rule.TRIM, Rule.CASTS))
        same, changed = [await streamed(name) for name in ("was", "now")]
    drift = getattr(results(same).synthesis, "drift", None)
    assert results(same).dataset.chunks
    assert drift
    assert (same.outcome, drift.changes) == ("full", [])
    assert kinds(changed) >= {"drift", "columns_come"}
    accepted = getattr(results(same).transform, "accepted", None)
    assert accepted
    assert accepted.execution_id == given.execution_id
