"""The sides that are compared: each serves the shape on a server, and gives what starts a run and awaits its end."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from uuid import uuid4

from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from benchmarks.load import Run
from benchmarks.shapes.bare import BareShape
from benchmarks.shapes.bodies import BareNote, Order, bare_echo
from benchmarks.shapes.ours import Shape
from fiberwise.pipeline.anatomy import anatomy
from fiberwise.pipeline.results import result_of
from fiberwise.runtime.settings import Settings
from fiberwise.store.recorder import Recorder
from starter.connection import our_plugin
from starter.starts import Ordered, start
from worker import build

QUEUE = "benchmark"
Serve = Callable[[str], AbstractAsyncContextManager[Run]]


def bare(*, sandbox: bool) -> Serve:
    return partial(_bare, sandbox=sandbox)


def ours(folder: Path, *, sandbox: bool) -> Serve:
    return partial(_ours, folder=folder, sandbox=sandbox)


@asynccontextmanager
async def all_defaults(address: str) -> AsyncGenerator[Run]:
    """What the SDK's own first page shows: nothing set, nothing eager."""
    client = await Client.connect(address)
    async with Worker(client, task_queue=QUEUE, workflows=[BareShape], activities=[bare_echo]):
        yield partial(_run_bare, client, eager=False)


@asynccontextmanager
async def _bare(address: str, sandbox: bool) -> AsyncGenerator[Run]:
    client = await Client.connect(address)
    runner = SandboxedWorkflowRunner() if sandbox else UnsandboxedWorkflowRunner()
    async with Worker(
        client, task_queue=QUEUE, workflows=[BareShape], activities=[bare_echo], workflow_runner=runner
    ):
        yield partial(_run_bare, client, eager=True)


async def _run_bare(client: Client, eager: bool) -> None:
    await client.execute_workflow(
        BareShape.run,
        BareNote("order"),
        id=f"bare/{uuid4()}",
        task_queue=QUEUE,
        request_eager_start=eager,
    )


@asynccontextmanager
async def _ours(address: str, folder: Path, sandbox: bool) -> AsyncGenerator[Run]:
    """As `fiberwise` itself serves and starts: plugin, interceptors, record, search attributes, summaries, memo."""
    settings = Settings.model_validate({"home": folder, "task_queue": QUEUE, "sandbox": sandbox})
    client = await Client.connect(address, plugins=[our_plugin(settings)])
    recorder = Recorder(settings.database_url, settings.artifacts_url)
    order = Ordered(anatomy(Shape), Order(), user="benchmark", source="order")
    async with build(client, settings, {"shape": Shape}, recorder):
        yield partial(_run_ours, client, settings, order)
    await recorder.close()


async def _run_ours(client: Client, settings: Settings, order: Ordered) -> None:
    started = await start(client, settings, order, eager=True)
    result = await result_of(started.handle)
    if result.outcome != "full":
        raise RuntimeError(f"{started.execution_id} ended {result.outcome}: {result.reasons}")
