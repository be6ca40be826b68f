"""Hosts the workflows and activities of every registered pipeline, and nothing else: `fiberwise worker` runs it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from importlib import import_module
from typing import Any

from pydantic import TypeAdapter
from temporalio.client import Client
from temporalio.worker import Worker

from activities.resources import Resources, provide
from fiberwise.changing.build import build_id
from fiberwise.contracts.errors import PipelineError
from fiberwise.contracts.options import Opening, RunOptions
from fiberwise.contracts.record import RunningRecord
from fiberwise.datasets.limits import Limits
from fiberwise.orchestration.reconcile import Reconciler, ReconcileRecords, schedule_reconciling
from fiberwise.orchestration.stream import StreamStep
from fiberwise.pipeline.anatomy import Anatomy, check_registry
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.step import Step, activity_name
from fiberwise.runtime import children
from fiberwise.runtime.caching import CachedStep, Caching
from fiberwise.runtime.deployment import deployment
from fiberwise.runtime.failures import StepBroke
from fiberwise.runtime.sandbox import check_loading, workflow_runner
from fiberwise.runtime.settings import Settings
from fiberwise.runtime.step_interceptor import OpensRecords, StepInterceptor
from fiberwise.runtime.telemetry import telemetry
from fiberwise.runtime.tuning import tuner
from fiberwise.store.agent_memory import AgentMemory
from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.recorder import Recorder
from fiberwise.store.recording import Recording
from fiberwise.store.step_cache import StepCache
from workflows import AVAILABLE_PIPELINES

logger = logging.getLogger(__name__)

# A cancel takes effect within this time: by default heartbeats are held back for 8 s.
HEARTBEATS_AT_MOST = timedelta(seconds=1)
# Without its server the SDK tries for a quarter of a minute to report what nobody takes.
LEAVE_SECONDS = 3
# What each child imports before its first step.
HEAVY = (
    "activities.functions.ingest_dataset",
    "fiberwise.datasets.layout",
    "activities.agents.data_processor.extraction",
    "activities.agents.data_processor.cleaning",
    "activities.agents.advanced_test.synthesis",
)

Pipelines = Mapping[str, type[Pipeline]]


@dataclass(frozen=True)
class Hosted:
    """A worker and what it owns, while it serves."""

    worker: Worker
    recorder: Recorder
    children: children.Children


@asynccontextmanager
async def hosted(
    client: Client, settings: Settings, pipelines: Pipelines = AVAILABLE_PIPELINES
) -> AsyncGenerator[Hosted]:
    """Serves `pipelines` on the client's server while the block lasts, then lets running steps end within the grace.

    The client must have our plugin (`starter.connection`). Raises TypeError for a registry that does not fit.
    """
    recorder = Recorder(settings.database_url, settings.artifacts_url, remembers=settings.memory)
    pool = children.Children(settings.processes)
    children.use(pool)
    provide(
        Resources(
            settings.artifacts_url, settings.published_folder, Limits.of(settings), recorder.success_rate
        )
    )
    try:
        worker = build(client, settings, pipelines, recorder)
        await _warm(pool)
        async with _running(worker, settings.grace_seconds + LEAVE_SECONDS):
            await schedule_reconciling(client, settings.task_queue)
            yield Hosted(worker, recorder, pool)
    finally:
        children.use(None)
        pool.close()
        await recorder.close()


@asynccontextmanager
async def _running(worker: Worker, leave: float) -> AsyncGenerator[None]:
    """`async with worker`, but left to itself where it does not stop within `leave` seconds."""
    await worker.__aenter__()
    try:
        yield
    finally:
        stopping = asyncio.create_task(worker.__aexit__(None))
        await asyncio.wait({stopping}, timeout=leave)
        if stopping.done():
            stopping.result()  # raises what the worker died of


async def _warm(pool: children.Children) -> None:
    """Loads the table engine before the worker polls: no step's time is spent on it."""
    try:
        await pool.warm(HEAVY)
    except (PipelineError, StepBroke) as error:
        logger.warning("the child processes could not load their modules: %s", error)


def build(client: Client, settings: Settings, pipelines: Pipelines, recorder: Recorder) -> Worker:
    """A worker for these pipelines: their activities are those of their steps, plus the recording."""
    known = check_registry(pipelines)
    anatomies = known.values()
    if settings.sandbox:
        check_loading([*pipelines.values(), StreamStep])
    steps = [step for anatomy in anatomies for step in anatomy.steps]
    names = frozenset(filter(None, (activity_name(one) for step in steps for one in step.functions)))
    opened, artifacts = _opening(recorder), ArtifactStore(settings.artifacts_url)
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=[*pipelines.values(), StreamStep, ReconcileRecords],
        activities=[
            *activities_of(steps, artifacts),
            Recording(recorder, artifacts).record,
            Reconciler(recorder, known).scheduled,
        ],
        interceptors=[
            StepInterceptor(
                names,
                client.identity,
                opened,
                allow_faults=settings.allow_faults,
                observe=telemetry().observe,
                caching=_caching(anatomies, StepCache(recorder, artifacts)),
                memory=AgentMemory(recorder) if settings.memory else None,
            )
        ],
        workflow_runner=workflow_runner(settings.sandbox),
        tuner=tuner(),
        deployment_config=deployment(settings, build_id(pipelines)),
        max_heartbeat_throttle_interval=HEARTBEATS_AT_MOST,
        graceful_shutdown_timeout=timedelta(seconds=settings.grace_seconds),
    )


def activities_of(steps: Iterable[Step[Any, Any]], artifacts: ArtifactStore) -> list[Callable[..., Any]]:
    """Each activity that a step may call once; an agent's methods bound to the one instance of its class."""
    agents: dict[str, Any] = {}
    found: dict[str, Callable[..., Any]] = {}
    for function in (function for step in steps for function in step.functions):
        owner, _, method = function.__qualname__.rpartition(".")
        if owner and owner not in agents:
            agents[owner] = getattr(import_module(function.__module__), owner)(artifacts)
        found[activity_name(function) or ""] = getattr(agents[owner], method) if owner else function
    return list(found.values())


def _caching(anatomies: Iterable[Anatomy], store: StepCache) -> Caching:
    steps = {
        (anatomy.name, step.name): CachedStep(
            step.activity, step.version, step.cache.ttl, TypeAdapter(step.output_type)
        )
        for anatomy in anatomies
        for step in anatomy.steps
        if step.cache
    }
    return Caching(store, steps)


def _opening(recorder: Recorder) -> OpensRecords:
    def opened(opening: Opening, options: RunOptions, workflow_id: str, run_id: str) -> None:
        recorder.note_running(
            RunningRecord(
                execution_id=opening.execution_id,
                pipeline=opening.pipeline,
                workflow_id=workflow_id,
                run_id=run_id,
                input_data=opening.input,
                started_at=opening.started_at.astimezone(UTC),
                created_by=options.user,
                trigger=options.trigger,
                source=options.source,
                input_hash=options.input_hash,
                key=options.key,
            )
        )

    return opened
