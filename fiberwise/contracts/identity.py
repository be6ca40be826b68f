"""The execution id that a workflow id holds."""

from uuid import NAMESPACE_URL, UUID, uuid5


def execution_id_of(workflow_id: str) -> str:
    """`<pipeline>/<uuid>` gives the uuid; an id that a person made up gives one derived from it."""
    tail = workflow_id.rsplit("/", 1)[-1]
    try:
        return str(UUID(tail))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, f"fiberwise:{workflow_id}"))
