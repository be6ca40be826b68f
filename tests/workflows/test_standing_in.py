"""What stands in for a step that failed for good: a value, a plain function, a simpler activity."""

import pytest
from temporalio.client import Client

from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.bending import PIPELINES, Bend
from tests.workflows.running import Result, begin, ended, told


async def _run(client: Client, settings: Settings, serve: Serve, which: str, *script: str) -> Result:
    async with serve(PIPELINES):
        return await ended(await begin(client, settings, "stood-in", Bend(which=which, first=list(script))))


@pytest.mark.parametrize(
    ("which", "text"),
    [("value", "a value"), ("plainly", "plainly, invented"), ("simply", "simply, simply")],
)
async def test_the_stand_in_gives_the_value_and_the_run_is_degraded(
    client: Client, settings: Settings, serve: Serve, which: str, text: str
):
    result = await _run(client, settings, serve, which, "break")

    assert result.results == [{"text": text, "rows": 3}]
    assert (result.outcome, result.reasons) == (
        "degraded",
        [f"{which} failed: it broke for good; a stand-in took its place"],
    )
    assert told(result.execution_log, which) == [(1, "failed"), (2, "substituted")]
    assert result.completeness == 0


async def test_a_step_that_does_not_fail_needs_no_stand_in(client: Client, settings: Settings, serve: Serve):
    result = await _run(client, settings, serve, "value")

    assert (result.outcome, result.completeness) == ("full", 0.2)


async def test_a_stand_in_that_fails_too_fails_a_required_step_with_both_reasons(
    client: Client, settings: Settings, serve: Serve
):
    result = await _run(client, settings, serve, "stumbling", "break")

    assert result.reasons == [
        "stumbling failed: it broke for good; so did what stands in for it: nothing for stumbling"
    ]


async def test_a_stand_in_activity_that_fails_too_is_logged(client: Client, settings: Settings, serve: Serve):
    result = await _run(client, settings, serve, "simply", "break", "broken")

    assert result.outcome == "failed"
    assert [(entry.activity, entry.status) for entry in result.execution_log] == [
        ("act", "failed"),
        ("act_simply", "failed"),
    ]


async def test_an_optional_step_goes_on_without_both(client: Client, settings: Settings, serve: Serve):
    result = await _run(client, settings, serve, "spare", "break")

    assert (result.outcome, result.results) == ("degraded", [None])
    assert "so did what stands in for it" in result.reasons[0]


async def test_bad_input_has_no_stand_in(client: Client, settings: Settings, serve: Serve):
    result = await _run(client, settings, serve, "value", "bad input")

    assert (result.outcome, told(result.execution_log, "value")) == ("failed", [(1, "failed")])
