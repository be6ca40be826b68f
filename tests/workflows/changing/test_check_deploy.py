"""Before code is deployed: which running executions it would break, in the words of their pipeline."""

import asyncio
from collections.abc import Callable

import pytest
from temporalio.client import Client

from fiberwise.changing.build import build_id
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.runtime.settings import Settings
from starter.cli.deploying import admit
from starter.deploying import Bound, Checked, check
from starter.deploying.running import running
from tests.workflows.changing import changed
from tests.workflows.changing.conftest import Begin
from tests.workflows.changing.report import EnrichedPipeline, PatchedPipeline, ReportPipeline
from workflows import AVAILABLE_PIPELINES

Deploy = Callable[[type[Pipeline]], None]


@pytest.fixture
def deploy(monkeypatch: pytest.MonkeyPatch) -> Deploy:
    """`deploy(Class)`: it is the report of today's code."""
    return lambda pipeline: monkeypatch.setitem(AVAILABLE_PIPELINES, "report", pipeline)


async def checked(client: Client, settings: Settings, count: int, most: int = 100) -> Checked:
    """Once the server lists all that was begun, which it does a little later."""
    async with asyncio.timeout(10):
        while len([one async for one in running(client, settings.task_queue) if one.builds]) < count:  # noqa: ASYNC110 - the server gives no signal
            await asyncio.sleep(0.05)
    return await check(client, settings, Bound(most))


async def test_a_new_step_breaks_what_is_past_its_place(
    client: Client, settings: Settings, standing: Begin, deploy: Deploy
):
    before, at, past = [await standing(step) for step in ("collect", "synthesize", "publish")]
    deploy(EnrichedPipeline)
    found = await checked(client, settings, 3)

    assert (found.running, found.looked_at, found.fit, found.breaking) == (3, 3, 1, 2)
    [change] = found.changes
    assert (change.pipeline, change.change) == ("report", "step `enrich` is new before `synthesize`")
    assert (change.executions, change.passed, change.staying, change.patch) == (2, 1, 0, "enrich")
    assert set(change.examples) == {at.id, past.id}
    assert before.id not in change.examples


async def test_a_new_step_behind_a_patch_breaks_nothing(
    client: Client, settings: Settings, standing: Begin, deploy: Deploy
):
    for step in ("collect", "synthesize", "publish"):
        await standing(step)
    deploy(PatchedPipeline)
    found = await checked(client, settings, 3)
    assert (found.fit, found.changes) == (3, [])


@pytest.mark.parametrize(
    ("pipeline", "told"),
    [
        (changed.SwappedPipeline, "step `publish` comes before `synthesize` now"),
        (changed.RenamedPipeline, "step `synthesize` is called `combine` now"),
        (changed.ShortenedPipeline, "step `synthesize` is gone before `publish`"),
        (changed.OtherActivityPipeline, "step `synthesize` calls `act_simply`, no longer `act`"),
        (changed.TimedPipeline, "a timer is new before step `synthesize`"),
        (changed.EndsEarlyPipeline, "the run ends before step `synthesize`"),
        (changed.BrokenPipeline, "the code fails after step `collect`: "),
    ],
)
async def test_each_change_is_told_in_the_words_of_the_pipeline(
    client: Client, settings: Settings, standing: Begin, deploy: Deploy, pipeline: type[Pipeline], told: str
):
    await standing("publish")
    deploy(pipeline)
    [change] = (await checked(client, settings, 1)).changes
    assert change.change.startswith(told), change.change
    assert change.passed == 1


async def test_what_this_very_code_made_is_not_replayed(
    client: Client, settings: Settings, standing: Begin, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
):
    await standing("synthesize")
    deploy(EnrichedPipeline)
    same = build_id({"report": ReportPipeline})
    monkeypatch.setattr("starter.deploying.checking.build_id", lambda _: same)
    found = await checked(client, settings, 1)
    assert (found.running, found.same_build, found.looked_at, found.changes) == (1, 1, 0, [])


async def test_a_build_that_a_person_named_is_replayed_though_it_has_the_same_name(
    client: Client, settings: Settings, standing: Begin, deploy: Deploy
):
    await standing("synthesize")
    deploy(EnrichedPipeline)
    named = settings.model_copy(update={"build": build_id({"report": ReportPipeline})})
    assert (await checked(client, named, 1)).breaking == 1


async def test_a_pipeline_that_is_no_longer_registered_has_no_code(
    client: Client, settings: Settings, standing: Begin
):
    await standing("synthesize")
    [change] = (await checked(client, settings, 1)).changes
    assert (change.pipeline, change.change) == ("report", "the pipeline is not registered any more")


async def test_no_more_are_looked_at_than_were_asked_for(
    client: Client, settings: Settings, standing: Begin, deploy: Deploy
):
    for _ in range(2):
        await standing("synthesize")
    deploy(EnrichedPipeline)
    found = await checked(client, settings, 2, most=1)
    assert (found.running, found.looked_at, found.breaking) == (2, 1, 1)


async def test_it_stops_when_its_time_is_up(
    client: Client, settings: Settings, standing: Begin, deploy: Deploy
):
    await standing("synthesize")
    deploy(EnrichedPipeline)
    await checked(client, settings, 1)
    found = await check(client, settings, Bound(100, seconds=0))
    assert (found.looked_at, found.changes) == (0, [])


async def test_a_worker_does_not_wait_for_a_list_that_it_cannot_have(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
):
    other = client.config() | {"namespace": "nowhere"}
    await admit(Client(**other), settings)
    assert "could not be looked at" in capsys.readouterr().err
