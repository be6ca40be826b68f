"""An execution done afresh, on the same request."""

import asyncio
from dataclasses import replace

from temporalio.client import Client

from fiberwise.contracts.errors import Refused
from fiberwise.runtime.settings import Settings
from starter import kept
from starter.kept import Kept
from starter.requests import pipeline_named
from starter.retrying.again import Again
from starter.retrying.asked import order_of, ordered
from starter.retrying.line import name_of
from starter.starts import Ordered, Past
from starter.updates import ours


async def repeated(client: Client, settings: Settings, asked: str, again: Again) -> Ordered:
    """The order that does it again; where Temporal no longer has it, from its record.

    Raises as `kept.find`, and as `ordered`; Refused for a record without a request.
    """
    found = await kept.find(client, settings, asked)
    if isinstance(found, Kept):
        order, workflow_id = await _from_record(settings, found, again), found.view.workflow_id
    else:
        order, workflow_id = await ordered(client, settings, await ours(client, found), again), found
    return replace(order, past=Past(rerun_of=name_of(workflow_id)))


async def _from_record(settings: Settings, found: Kept, again: Again) -> Ordered:
    from starter import records  # SQLAlchemy takes 0.4 s to import, and few ask the store

    view = found.view
    fields = await asyncio.to_thread(records.request_of, settings, view.execution_id)
    if fields is None:
        raise Refused("Temporal no longer has it, and its record has no request", where=view.workflow_id)
    return await order_of(settings, pipeline_named(view.pipeline), fields, view.source, again)
