"""The line of an execution: which one it carries on or repeats, and which one carries it on."""

from dataclasses import dataclass
from typing import Self

from temporalio.client import Client, WorkflowExecutionDescription
from temporalio.service import RPCError, RPCStatusCode

from fiberwise.contracts.identity import execution_id_of
from fiberwise.contracts.view import RunAnswer
from fiberwise.pipeline.results import options_of
from starter.starts import carried_on_as


@dataclass(frozen=True)
class Kin:
    """What a person may ask for each by; empty where there is none."""

    carries_on: str = ""
    carried_on_by: str = ""
    repeats: str = ""

    @classmethod
    def told_by(cls, found: RunAnswer) -> Self:
        """All that is known where Temporal no longer has the execution."""
        return cls(carries_on=found.metadata.retry_of, repeats=found.metadata.rerun_of)


async def kin_of(client: Client, workflow_id: str) -> Kin:
    """Both ways. Raises RPCError (not found) for an id that the server does not know."""
    found = await client.get_workflow_handle(workflow_id).describe()
    options, after = await options_of(found), await successor(client, found)
    return Kin(options.retry_of, name_of(after.id) if after else "", options.rerun_of)


async def successor(
    client: Client, found: WorkflowExecutionDescription
) -> WorkflowExecutionDescription | None:
    """The execution that carries this one on: its id follows from this one's, so that no list is searched."""
    handle = client.get_workflow_handle(f"{found.workflow_type}/{carried_on_as(found.id)}")
    try:
        return await handle.describe()
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return None


async def newest(client: Client, found: WorkflowExecutionDescription) -> WorkflowExecutionDescription:
    """The last of the line."""
    while after := await successor(client, found):
        found = after
    return found


def name_of(workflow_id: str) -> str:
    """The execution id, by which it is found; where somebody made the workflow id up, that one."""
    execution_id = execution_id_of(workflow_id)
    return execution_id if workflow_id.endswith(execution_id) else workflow_id
