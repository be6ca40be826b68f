"""`data-digest` on a server: a table, what only the table engine reads, and what is no table."""

from pathlib import Path

import polars as pl
import pytest
from temporalio.client import Client

from activities.resources import Resources, provide
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.data_digest import Digest
from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.running import begin, ended, told
from workflows.data_digest import DataDigestPipeline

PIPELINES = {"data-digest": DataDigestPipeline}
PENGUINS = str(Path(__file__).parents[2] / "examples" / "penguins.csv")


@pytest.fixture(autouse=True)
def worker_resources(settings: Settings) -> None:
    provide(Resources(settings.artifacts_url, settings.home / "published"))


async def test_a_table_is_told_in_full(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "data-digest", Request(data=PENGUINS)))
    found = Digest.model_validate(result.results)
    assert (result.outcome, result.reasons) == ("full", [])
    assert (found.dataset.rows, found.dataset.columns, len(found.sample)) == (344, 8, 5)
    [entry] = result.execution_log
    assert (entry.step, entry.metrics.rows) == ("digest", 344)


async def test_a_request_without_anything_is_of_generated_data(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "data-digest", Request()))
    assert result.outcome == "full"
    assert result.results["dataset"]["source"] == "generated anew: orders, seed 0"


async def test_what_only_the_table_engine_reads_degrades_the_run_and_says_what_is_missing(
    client: Client, settings: Settings, serve: Serve, tmp_path: Path
):
    path = tmp_path / "data.parquet"
    pl.DataFrame({"a": [1]}).write_parquet(path)
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "data-digest", Request(data=str(path))))
    assert (result.status, result.outcome) == ("completed", "degraded")
    assert result.reasons == Digest.model_validate(result.results).missing
    assert "Parquet" in result.reasons[0]


async def test_bad_input_is_refused_at_the_first_attempt(
    client: Client, settings: Settings, serve: Serve, tmp_path: Path
):
    path = tmp_path / "ragged.csv"
    path.write_text("a,b\n1\n")
    async with serve(PIPELINES):
        result = await ended(await begin(client, settings, "data-digest", Request(data=str(path))))
    assert result.failure is not None
    assert (result.outcome, result.failure.type) == ("failed", "BadInput")
    assert told(result.execution_log, "digest") == [(1, "failed")]
