"""A boundary round several steps: they fail as one part, and the run goes on without it."""

from temporalio.client import Client

from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.bounded import BoundedPipeline
from tests.workflows.running import begin, ended, told
from tests.workflows.scripted import Script

PIPELINES = {"bounded": BoundedPipeline}


async def test_a_failure_within_ends_the_part_and_degrades_the_run(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "bounded", Script(left=["error"])))
    assert (result.outcome, len(result.results)) == ("degraded", 1)
    assert result.reasons == ["the report is missing: left failed: no luck at attempt 1"]
    assert told(result.execution_log, "right") == []


async def test_a_failure_outside_fails_the_run(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "bounded", Script(first=["error"])))
    assert result.outcome == "failed"


async def test_bad_input_passes_the_boundary(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "bounded", Script(right=["bad input"])))
    assert result.outcome == "failed"
