"""A run past its deadline ends timed_out, with what it has."""

from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.bending import PIPELINES, Bend
from tests.workflows.running import begin, ended, told


async def test_what_was_computed_is_delivered(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES) as recorder:
        result = await ended(
            await begin(client, settings, "mendable", Bend(left=["hang"]), deadline_seconds=1.5)
        )
        assert await recorder.has_final(result.execution_id)

    assert (result.status, result.outcome) == ("failed", "timed_out")
    assert result.partial["first"] == {"text": "first after 1", "rows": 3}
    assert told(result.execution_log, "left") == [(1, "failed")]
    assert result.failure is not None
    assert result.failure.type == "DeadlineExceeded"


async def test_a_run_in_time_starts_its_timer_and_is_full(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "undone", Bend(), deadline_seconds=600))

    assert result.outcome == "full"


async def test_a_backoff_does_not_outlast_the_deadline(
    env: WorkflowEnvironment, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        asked = Bend(first=["error", "error"])
        result = await ended(await begin(env.client, settings, "undone", asked, deadline_seconds=30))

    assert (result.outcome, told(result.execution_log, "first")) == ("timed_out", [(1, "failed")])


async def test_the_receipt_tells_what_was_wasted(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "undone", Bend(first=["error"])))

    first = result.receipt[0]
    assert (first.step, first.attempts) == ("first", 2)
    assert 0 < first.wasted_ms < first.ran_ms
