"""A person at the controls of an execution. What makes no sense is refused with the reason, and changes nothing.

Each takes a workflow id, as `find` gives it, and raises NotFound for one that Temporal does not know, Refused for a run
that has ended or is none of ours. Those that the run itself answers raise as `updates.update` too.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Literal

from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client, WorkflowExecutionDescription
from temporalio.service import RPCError, RPCStatusCode

from fiberwise.contracts.activity_id import ActivityId
from fiberwise.contracts.controls import Acted, Control, Decision
from fiberwise.contracts.errors import Refused
from fiberwise.pipeline.step import steps_of
from fiberwise.runtime.settings import Settings
from starter import kept
from starter.attempts import Attempts
from starter.kept import Kept
from starter.pending import activities, children, state_of
from starter.updates import has_ended, ours, running, update
from workflows import AVAILABLE_PIPELINES

Reach = Callable[[Attempts], Awaitable[list[str]]]


async def find(client: Client, settings: Settings, asked: str) -> str:
    """The workflow id that `asked` is, or begins. Raises as `kept.find`; Refused for one that Temporal forgot."""
    found = await kept.find(client, settings, asked)
    if isinstance(found, Kept):
        raise has_ended(found.view.workflow_id, found.view.outcome)
    return found


async def pause(client: Client, workflow_id: str, asked: Control, *, now: bool = False) -> Acted:
    """No step and no further attempt of one begins until `resume`; with `now` running attempts end too.

    Of a run that is paused already, holds back what has come to wait since.
    """
    return await _steer(client, workflow_id, "pause", asked, lambda attempts: attempts.hold(now=now))


async def resume(client: Client, workflow_id: str, asked: Control) -> Acted:
    """The run goes on, and each attempt that was held back begins at once."""
    return await _steer(client, workflow_id, "resume", asked, lambda attempts: attempts.release())


async def decide(
    client: Client, workflow_id: str, kind: Literal["approve", "reject", "repair"], asked: Decision
) -> Acted:
    """What is to become of a step that waits for a person, also of the fallback; a Repair where `kind` is."""
    try:
        return Acted(kind=kind, workflow_id=workflow_id, noted=await update(client, workflow_id, kind, asked))
    except Refused as refusal:
        below = children(await ours(client, workflow_id))
        return await _by_one_of(below, lambda child: decide(client, child, kind, asked), refusal)


async def retry_now(client: Client, workflow_id: str, asked: Decision) -> Acted:
    """Each step that waits in its backoff, or the one that is named, is tried at once; also of the fallback.

    The run takes down who asked and why: the server ends the backoff, and notes neither in the history.
    """
    described = await running(client, workflow_id)
    if chosen := [one for one in activities(described) if _is_meant(one, asked)]:
        noted = await update(client, workflow_id, "retry_now", asked)
        attempts = await Attempts(client, described, asked).try_now(chosen)
        return Acted(kind="retry_now", workflow_id=workflow_id, noted=noted, attempts=attempts)
    refusal = _nothing_waits(described, asked)
    return await _by_one_of(children(described), lambda child: retry_now(client, child, asked), refusal)


async def cancel(client: Client, workflow_id: str, asked: Control) -> Acted:
    """Asks the run to stop, which undoes what it did and keeps its log."""
    await running(client, workflow_id)
    await client.get_workflow_handle(workflow_id).cancel(reason=_said(asked))
    return Acted(kind="cancel", workflow_id=workflow_id)


async def terminate(client: Client, workflow_id: str, asked: Control) -> Acted:
    """Ends the run where it stands: nothing is undone, and its record is left for others to close."""
    await running(client, workflow_id)
    try:
        await client.get_workflow_handle(workflow_id).terminate(reason=_said(asked))
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            await running(client, workflow_id)  # it has ended meanwhile, and this says how
        raise
    return Acted(kind="terminate", workflow_id=workflow_id)


async def _by_one_of(children: list[str], act: Callable[[str], Awaitable[Acted]], refusal: Refused) -> Acted:
    """What a run refused may be meant for its fallback: then what that one refuses is the reason."""
    for child in children:
        try:
            return await act(child)
        except Refused as error:
            refusal = error
    raise refusal


async def _steer(
    client: Client, workflow_id: str, kind: Literal["pause", "resume"], asked: Control, reach: Reach
) -> Acted:
    """The run is asked first, so that no step begins meanwhile; then its attempts, and the fallback that it waits for.

    What the run refuses, since it is paused already, may still be new to its attempts or to the fallback.
    """
    noted, refusal = None, None
    try:
        noted = await update(client, workflow_id, kind, asked)
    except Refused as error:
        refusal = error
    described = await ours(client, workflow_id)
    reached = await reach(Attempts(client, described, asked))
    followed = False
    for child in children(described):
        with suppress(Refused):
            reached += (await _steer(client, child, kind, asked, reach)).attempts
            followed = True
    if refusal and not (reached or followed):
        raise refusal
    return Acted(kind=kind, workflow_id=workflow_id, noted=noted, attempts=reached)


def _is_meant(found: PendingActivityInfo, asked: Decision) -> bool:
    name = ActivityId.read(found.activity_id)
    fits = asked.step in ("", name.step) and asked.call in (0, name.call)
    return fits and state_of(found) == "backing_off"


def _nothing_waits(described: WorkflowExecutionDescription, asked: Decision) -> Refused:
    pipeline = AVAILABLE_PIPELINES.get(described.workflow_type)  # None: it is a stream of one of its steps
    steps = [step.name for step in steps_of(pipeline)] if pipeline else [asked.step]
    if asked.step and asked.step not in steps:
        hint = f"there are: {', '.join(steps)}"
        return Refused(f"`{asked.step}` is no step of {described.workflow_type}", where="--step", hint=hint)
    found = [f"{one.activity_id} is {state_of(one).replace('_', ' ')}" for one in activities(described)]
    told = f"`{asked.step}` does not wait" if asked.step else "no step waits"
    why = f": {', '.join(found)}" if found else ""
    return Refused(f"{told} in its backoff{why}", where=described.id)


def _said(asked: Control) -> str:
    """In the one line that Temporal keeps of it."""
    return f"{asked.reason} (by {asked.by})" if asked.reason else f"by {asked.by}"
