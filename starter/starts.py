"""Starting an execution: its id, its key, what it is told beside its input, and what was taken in for it."""

import asyncio
import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from temporalio.client import Client, WorkflowHandle
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

from fiberwise.contracts.canonical import input_hash
from fiberwise.contracts.errors import BadInput, KeyReused
from fiberwise.contracts.identity import execution_id_of
from fiberwise.contracts.options import TEN_YEARS, FaultKind, RunOptions, Taken
from fiberwise.contracts.payload import Asked
from fiberwise.contracts.stream import Redriven
from fiberwise.datasets.fitting import ALL_STREAMED, streams
from fiberwise.datasets.intake import take_in
from fiberwise.datasets.limits import Limits
from fiberwise.pipeline.anatomy import Anatomy
from fiberwise.runtime.settings import Settings
from fiberwise.store.artifacts import ArtifactStore
from starter import kept

PIPELINE, USER, SOURCE = (SearchAttributeKey.for_keyword(name) for name in ("Pipeline", "User", "Source"))
# A workflow task is a few milliseconds of work: a worker that died with one is noticed this soon.
TASK_TIMEOUT = timedelta(seconds=10)
DETAIL = 500  # characters of one fact on the Web UI's page
LONGEST = timedelta(seconds=TEN_YEARS)


@dataclass(frozen=True)
class Past:
    """The execution that the ordered one carries on, or repeats; `origin` began the line of those carried on.

    `redrive` is of its streams, of which chunks are to be tried again.
    """

    retry_of: str = ""
    rerun_of: str = ""
    origin: str = ""
    takeover: tuple[Taken, ...] = ()
    redrive: dict[str, Redriven] = field(default_factory=dict[str, Redriven])


@dataclass(frozen=True)
class Ordered:
    """A checked request, and how to run it. `source` is what the user called the data; `hold` as in RunOptions.

    Raises BadInput for a deadline of nothing or less, or of over ten years, and to refresh what is no cached step.
    """

    pipeline: Anatomy
    request: Asked
    user: str = ""
    trigger: str = "api"
    source: str = ""
    key: str = ""
    faults: dict[str, FaultKind] = field(default_factory=dict[str, FaultKind])
    no_cache: bool = False
    refresh: tuple[str, ...] = ()
    hold: bool | None = None
    deadline: timedelta | None = None
    past: Past = Past()
    rehearsal: bool = False
    stream: bool = False

    def __post_init__(self) -> None:
        if self.deadline is not None and not timedelta(0) < self.deadline <= LONGEST:
            hint = "give more than nothing, and at most ten years"
            raise BadInput(f"no run can keep a deadline of {self.deadline}", where="deadline", hint=hint)
        cached = [step.name for step in self.pipeline.steps if step.cache]
        if unknown := [name for name in self.refresh if name not in cached]:
            hint = f"cached are: {', '.join(cached) or 'none'}"
            told = f"`{unknown[0]}` is no cached step of {self.pipeline.name}"
            raise BadInput(told, where="refresh", hint=hint)
        if self.stream and not _cuts(self.pipeline):
            raise BadInput(f"{self.pipeline.name} does not stream", where="stream", hint="start it without")


@dataclass(frozen=True)
class Started:
    """`existing` when the same order was there already: of the same key, or to carry on the same execution.

    `forgotten` when Temporal no longer has it.
    """

    execution_id: str
    handle: WorkflowHandle[Any, Any]
    existing: bool = False
    forgotten: bool = False


async def taken_in(order: Ordered, settings: Settings) -> Ordered:
    """`take_in_data`, in a thread."""
    return await asyncio.to_thread(take_in_data, order, settings)


def take_in_data(order: Ordered, settings: Settings) -> Ordered:
    """Takes the data set of a request into the artifact store, so that bad data starts nothing.

    Raises BadInput, and ServiceUnavailable for a source that cannot be reached.
    """
    data = getattr(order.request, "data", None)
    if data is None:
        return order
    store, limits = ArtifactStore(settings.artifacts_url), _limits(order, settings)
    options = {
        name: getattr(order.request, name)
        for name in ("on_bad_rows", "sheet")
        if hasattr(order.request, name)
    }
    artifact = take_in(data, store, limits, **options)
    if order.stream and not streams(artifact, limits.memory_bytes):
        raise BadInput(
            f"a {artifact.format} file cannot stream", where="data", hint=f"give it as {ALL_STREAMED}"
        )
    source = order.source or str(data)
    named = {"source": source} if hasattr(order.request, "source") else {}
    request = order.request.model_copy(update={"data": artifact.uri, **named})
    return replace(order, request=request, source=source, stream=streams(artifact, limits.memory_bytes))


def _limits(order: Ordered, settings: Settings) -> Limits:
    """A pipeline that cannot stream takes what it is given; one that is to stream keeps nothing whole."""
    limits = Limits.of(settings)
    if not _cuts(order.pipeline):
        return replace(limits, memory_bytes=None)
    return replace(limits, memory_bytes=0) if order.stream else limits


def _cuts(pipeline: Anatomy) -> bool:
    return any(step.stream and step.stream.cut for step in pipeline.steps)


async def start(client: Client, settings: Settings, order: Ordered, *, eager: bool = False) -> Started:
    """Starts it, once per key, also when Temporal has forgotten the first run: then the record store answers.

    An execution is carried on once too: the same order again is the execution that was started then.
    Raises KeyReused when that was with another input; with a key, ServiceUnavailable as `kept.forgotten`.
    """
    execution_id = _execution_id(order)
    workflow_id = f"{order.pipeline.name}/{execution_id}"
    options = RunOptions(
        user=order.user,
        trigger=order.trigger,
        source=order.source,
        input_hash=input_hash(order.request),
        key=order.key,
        nonce=uuid4().hex if _is_once(order) else "",
        faults=order.faults,
        no_cache=order.no_cache,
        refresh=order.refresh,
        hold=order.hold,
        deadline_seconds=order.deadline.total_seconds() if order.deadline else None,
        rehearsal=order.rehearsal,
        stream=order.stream,
        **vars(order.past),
    )
    if order.key and (past := await kept.forgotten(client, settings, workflow_id)):
        _refuse_other(past.input_hash, options, workflow_id)
        return Started(execution_id, client.get_workflow_handle(workflow_id), existing=True, forgotten=True)
    try:
        handle = await _start(client, settings, order, workflow_id, options, eager)
    except WorkflowAlreadyStartedError:
        handle = client.get_workflow_handle(workflow_id)
    existing = _is_once(order) and await _is_other(handle, options)
    return Started(execution_id, handle, existing)


async def _start(
    client: Client, settings: Settings, order: Ordered, workflow_id: str, options: RunOptions, eager: bool
) -> WorkflowHandle[Any, Any]:
    return await client.start_workflow(
        order.pipeline.name,
        order.request,
        id=workflow_id,
        task_queue=settings.task_queue,
        memo={"run": options},
        search_attributes=_attributes(order),
        static_summary=_summary(order),
        static_details=_details(order),
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING
        if _is_once(order)
        else WorkflowIDConflictPolicy.FAIL,
        task_timeout=TASK_TIMEOUT,
        request_eager_start=eager,
    )


async def _is_other(handle: WorkflowHandle[Any, Any], options: RunOptions) -> bool:
    """Whether the execution of this id is an older one; refused when it works on another input."""
    found = await (await handle.describe()).memo_value("run", default=RunOptions(), type_hint=RunOptions)
    _refuse_other(found.input_hash, options, handle.id)
    return found.nonce != options.nonce


def _refuse_other(known_hash: str, options: RunOptions, workflow_id: str) -> None:
    if known_hash == options.input_hash:
        return
    if options.retry_of:
        hint = "watch that one, or retry it once it has ended"
        raise KeyReused(f"{options.retry_of} was carried on with another input", where=workflow_id, hint=hint)
    hint = "use another key, or the input of the first start"
    raise KeyReused(f"the key `{options.key}` was used with another input", where=workflow_id, hint=hint)


def carried_on_as(execution: str) -> str:
    """The id of the execution that carries on the one of this execution or workflow id."""
    return str(uuid5(NAMESPACE_URL, f"fiberwise:retry:{execution_id_of(execution)}"))


def _is_once(order: Ordered) -> bool:
    """Whether the same order twice is one execution."""
    return bool(order.key or order.past.retry_of)


def _execution_id(order: Ordered) -> str:
    if order.past.retry_of:
        return carried_on_as(order.past.retry_of)
    if order.key:
        return str(uuid5(NAMESPACE_URL, f"fiberwise:{order.pipeline.name}:{order.key}"))
    return str(uuid4())


def _attributes(order: Ordered) -> TypedSearchAttributes:
    pairs = [SearchAttributePair(PIPELINE, order.pipeline.name)]
    if order.user:
        pairs.append(SearchAttributePair(USER, order.user))
    if order.source:
        pairs.append(SearchAttributePair(SOURCE, order.source[-200:]))
    return TypedSearchAttributes(pairs)


def _summary(order: Ordered) -> str:
    return (order.source.rsplit("/", 1)[-1] or order.request.about)[:200]


def _details(order: Ordered) -> str:
    """Where the data came from, who asked for the run, and what makes it differ from a plain one, as Markdown."""
    changed = order.request.model_dump(mode="json", exclude={"data", "source"}, exclude_defaults=True)
    facts = {
        "data": order.source,
        "started by": " · ".join(part for part in (order.user, order.trigger) if part),
        "key": order.key,
        "deadline": str(order.deadline or ""),
        "steps that fail": "wait for a person" if order.hold else "",
        "carries on": order.past.retry_of,
        "repeats": order.past.rerun_of,
        **{name: json.dumps(value, ensure_ascii=False) for name, value in changed.items()},
        **{f"fault tried in {step}": kind for step, kind in order.faults.items()},
    }
    return "\n".join(f"- {name}: `{fact[:DETAIL]}`" for name, fact in facts.items() if fact)
