"""The worked example of docs/changing.md: a step is added behind a patch, and one worker ends old and new runs."""

from datetime import timedelta
from inspect import getsource

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.integration.cli.program import ROOT
from tests.workflows.changing.conftest import Begin
from tests.workflows.changing.report import PatchedPipeline, Report, ReportPipeline
from tests.workflows.running import begin, ended

OLD = ["collect after 1", "synthesize after 2", "publish after 1"]
NEW = ["collect after 1", "enrich after 1", "synthesize after 1", "publish after 1"]


async def test_a_run_past_the_place_ends_without_the_new_step_and_a_new_one_with_it(
    env: WorkflowEnvironment, client: Client, settings: Settings, serve: Serve, standing: Begin
):
    old = await standing("synthesize")
    async with serve({"report": PatchedPipeline}):
        new = await begin(client, settings, "report", Report())
        assert (await ended(new)).results == NEW
        await env.fast_forward(old, timedelta(minutes=5))
        assert (await ended(old)).results == OLD


async def test_a_run_before_the_place_gets_the_new_step(
    env: WorkflowEnvironment, serve: Serve, standing: Begin
):
    old = await standing("collect")
    async with serve({"report": PatchedPipeline}):
        await env.fast_forward(old, timedelta(minutes=5))
        assert "enrich after 1" in (await ended(old)).results


@pytest.mark.parametrize("pipeline", [ReportPipeline, PatchedPipeline])
def test_the_page_shows_this_very_code(pipeline: type):
    lines = getsource(pipeline).splitlines()
    start = lines.index("    @workflow.run")
    shown = "\n".join(lines[start : start + 6]).split("\n\n")[0]
    assert shown in (ROOT / "docs" / "changing.md").read_text()
