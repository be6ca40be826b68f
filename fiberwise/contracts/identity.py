"""The execution id that a workflow id holds."""

from uuid import NAMESPACE_URL, UUID, uuid5


def execution_id_of(workflow_id: str) -> str:
    """`<pipeline>/<uuid>` gives the uuid; an id that a person made up gives one derived from it."""
    tail = workflow_id.rsplit("/", 1)[-1]
    try:
        return str(UUID(tail))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, f"fiberwise:{workflow_id}"))


def short_id(workflow_id: str) -> str:
    """As little of it as a person has to type to be understood; one that a person made up is given whole."""
    execution_id = execution_id_of(workflow_id)
    return execution_id[:8] if workflow_id.endswith(execution_id) else workflow_id
