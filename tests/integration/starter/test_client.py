"""The client for programs, on a real server with a real worker."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from temporalio.client import Client

from activities.resources import Resources, provide
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.dataset import Generate
from fiberwise.contracts.errors import BadInput, KeyReused, NotFound
from fiberwise.runtime.settings import Settings
from starter.client import FiberWise
from starter.connection import Connection
from starter.requests import pipeline_named
from starter.starts import Ordered, start, taken_in
from workflows import AVAILABLE_PIPELINES

SMALL = Request(generate=Generate(rows=30))


@pytest.fixture
def fiberwise(client: Client, settings: Settings) -> FiberWise:
    return FiberWise(Connection(client, settings, ""), user="ann")


async def test_a_complex_run_has_typed_results(
    fiberwise: FiberWise, settings: Settings, serve: Callable[..., object]
):
    provide(Resources(settings.artifacts_url, settings.published_folder))
    async with serve(AVAILABLE_PIPELINES):
        found = await fiberwise.run_complex_pipeline(SMALL)
    assert found.outcome == "full"
    assert found.results
    assert found.results.dataset.rows >= 30
    assert found.analysis
    assert found.metadata.user == "ann"


async def test_a_program_says_which_steps_are_done_anew(
    fiberwise: FiberWise, settings: Settings, serve: Callable[..., object]
):
    provide(Resources(settings.artifacts_url, settings.published_folder))
    async with serve(AVAILABLE_PIPELINES):
        without = await fiberwise.run("complex-multi-agent", SMALL, no_cache=True)
        refreshed = await fiberwise.run("complex-multi-agent", SMALL, refresh=("extract",))
    said = [{entry.step: entry.cache for entry in found.execution_log} for found in (without, refreshed)]
    assert [one["extract"] for one in said] == ["not asked (--no-cache)", "refreshed"]
    assert said[1]["transform"] == "miss, nothing kept yet"


async def test_fifty_starts_with_one_key_are_one_execution(fiberwise: FiberWise):
    started = await asyncio.gather(
        *(fiberwise.start("complex-multi-agent", SMALL, key="k") for _ in range(50))
    )
    assert len({one.execution_id for one in started}) == 1
    assert [one.existing for one in started].count(False) == 1
    with pytest.raises(KeyReused):
        await fiberwise.start("complex-multi-agent", {"generate": {"rows": 31}}, key="k")
    await started[0].handle.terminate()


async def test_what_cannot_work_starts_nothing(fiberwise: FiberWise):
    with pytest.raises(NotFound, match="no pipeline `complex`"):
        await fiberwise.start("complex")
    with pytest.raises(BadInput, match="`rows`: no such field"):
        await fiberwise.start("complex-multi-agent", {"rows": 3})
    with pytest.raises(NotFound, match="no execution"):
        await fiberwise.view("0000")


async def test_the_web_ui_is_told_where_the_data_came_from_and_what_makes_the_run_special(
    client: Client, settings: Settings, tmp_path: Path
):
    data = tmp_path / "few.csv"
    data.write_text("a,b\n1,2\n")
    pipeline = pipeline_named("complex-multi-agent")
    request = Request(data=str(data), on_bad_rows="set_aside")
    order = Ordered(pipeline, request, user="ann", trigger="cli", faults={"extract": "slow"})
    started = await start(client, settings, await taken_in(order, settings))
    told = await started.handle.describe()
    assert await told.static_summary() == "few.csv"
    assert await told.static_details() == "\n".join(
        (
            f"- data: `{data}`",
            "- started by: `ann · cli`",
            '- on_bad_rows: `"set_aside"`',
            "- fault tried in extract: `slow`",
        )
    )
