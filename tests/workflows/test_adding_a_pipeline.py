"""SPEC.md's four steps add a pipeline and touch no other file: class, registry line, contract, page."""

import asyncio
import shutil
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from temporalio.client import Client

from fiberwise.runtime.settings import Settings

ROOT = Path(__file__).parents[2]

CONTRACT = '''
"""Input and results of the pipeline `row-count`."""

from fiberwise.contracts.payload import Asked, Payload


class CountRequest(Asked):
    data: str = "examples/penguins.csv"


class Counted(Payload):
    rows: int
'''

PIPELINE = '''
"""Ingest → count: reuses the ingest step of another pipeline."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.functions.ingest_dataset import ingest_dataset
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.row_count import Counted, CountRequest
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.step import step

# Reading a file fails for good or not at all.
TWICE = RetryPolicy(maximum_attempts=2)


@workflow.defn(name="row-count")
class RowCountPipeline(Pipeline):
    """Counts the rows of a data set."""

    ingest = step(ingest_dataset, retry=TWICE, timeout=timedelta(minutes=1))

    @workflow.run
    async def execute(self, request: CountRequest = CountRequest()) -> PipelineResult[Counted, None]:
        dataset = await self.ingest(Request(data=request.data))
        return self.result(Counted(rows=dataset.rows), None)
'''

RUN = """
import asyncio, sys
from temporalio.client import Client
from fiberwise.runtime.settings import Settings
from starter.connection import our_plugin
from worker import hosted

async def main():
    settings = Settings()
    client = await Client.connect(sys.argv[1], plugins=[our_plugin(settings)])
    async with hosted(client, settings):
        result = await client.execute_workflow(
            "row-count", {"data": sys.argv[2]}, id="row-count/1", task_queue=settings.task_queue, result_type=dict
        )
    print(result["outcome"], result["results"]["rows"])

asyncio.run(main())
"""


def _project_with_one_more(folder: Path) -> None:
    for room in ("workflows", "activities", "fiberwise", "starter"):
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "worker.py", folder)
    (folder / "workflows" / "row_count.py").write_text(PIPELINE)
    (folder / "fiberwise" / "contracts" / "row_count.py").write_text(CONTRACT)
    registry = folder / "workflows" / "__init__.py"
    text = registry.read_text().replace(
        "AVAILABLE_PIPELINES: dict[str, type[Pipeline]] = {",
        'AVAILABLE_PIPELINES: dict[str, type[Pipeline]] = {\n    "row-count": RowCountPipeline,',
    )
    registry.write_text(
        text.replace(
            "from workflows.", "from workflows.row_count import RowCountPipeline\nfrom workflows.", 1
        )
    )


async def test_four_steps_add_a_pipeline_that_runs_and_reuses_an_activity(
    client: Client, settings: Settings, tmp_path: Path
):
    _project_with_one_more(tmp_path)
    environment = {
        "PYTHONPATH": str(tmp_path),
        "PATH": "",
        "FIBERWISE_HOME": str(settings.home),
        "FIBERWISE_TASK_QUEUE": settings.task_queue,
    }
    command = [
        sys.executable,
        "-c",
        RUN,
        client.service_client.config.target_host,
        str(ROOT / "examples/penguins.csv"),
    ]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, env=environment, stdout=PIPE, stderr=PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert out.decode().split() == ["full", "344"], err.decode()[-2000:]
