"""The execution that is to be done again, and its request with what is to change in it."""

from typing import Any

from temporalio.client import Client, WorkflowExecutionDescription, WorkflowHandle

from fiberwise.contracts.errors import Refused
from fiberwise.pipeline.anatomy import Anatomy
from fiberwise.pipeline.results import options_of
from fiberwise.runtime.settings import Settings
from starter import kept
from starter.kept import Kept
from starter.requests import checked, pipeline_named, with_changes
from starter.retrying.again import Again
from starter.retrying.history import request_of
from starter.starts import Ordered, taken_in
from starter.updates import ours


async def described(client: Client, settings: Settings, asked: str) -> WorkflowExecutionDescription:
    """As Temporal has it. Raises as `kept.find` and `ours`; Refused for one that Temporal no longer has."""
    found = await kept.find(client, settings, asked)
    if isinstance(found, Kept):
        hint = f"`fiberwise rerun {found.view.execution_id[:8]}` does all of it anew"
        told = "Temporal no longer has its history, and so not what its steps gave"
        raise Refused(told, where=found.view.workflow_id, hint=hint)
    return await ours(client, found)


def handle_of(client: Client, found: WorkflowExecutionDescription) -> WorkflowHandle[Any, Any]:
    return client.get_workflow_handle(found.id, run_id=found.run_id)


async def ordered(
    client: Client, settings: Settings, found: WorkflowExecutionDescription, again: Again
) -> Ordered:
    """The same request with its changes; its data is what was taken in then, unless it is what changes.

    Raises BadInput for changes that do not fit, and as `take_in_data`; Refused as `request_of`.
    """
    pipeline, options = pipeline_named(found.workflow_type), await options_of(found)
    fields = await request_of(client, handle_of(client, found))
    return await order_of(settings, pipeline, fields, options.source, again, stream=options.stream)


async def order_of(
    settings: Settings,
    pipeline: Anatomy,
    fields: dict[str, Any],
    source: str,
    again: Again,
    *,
    stream: bool = False,
) -> Ordered:
    changed = {change.partition("=")[0].split(".")[0] for change in again.changes}
    request = checked(pipeline, with_changes(fields, again.changes), changed)
    same_data = getattr(request, "data", None) == fields.get("data")
    order = Ordered(
        pipeline,
        request,
        user=again.user,
        trigger=again.trigger,
        source=source if same_data else "",
        no_cache=again.no_cache,
        hold=again.hold,
        deadline=again.deadline,
        stream=stream and same_data,
    )
    return order if same_data else await taken_in(order, settings)
