"""The executions that are running on a server, and on which code."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from temporalio.client import Client, WorkflowExecution
from temporalio.common import SearchAttributeKey

from fiberwise.orchestration.reconcile import ReconcileRecords
from fiberwise.pipeline.anatomy import workflow_name
from starter.executions import quoted
from starter.histories import replayable

BUILDS = SearchAttributeKey.for_keyword_list("BuildIds")
BEHAVIOR = SearchAttributeKey.for_keyword("TemporalWorkflowVersioningBehavior")
VERSION = SearchAttributeKey.for_keyword("TemporalWorkerDeploymentVersion")
PIPELINE = SearchAttributeKey.for_keyword("Pipeline")


@dataclass(frozen=True)
class Running:
    """`builds`: of all workers that carried it on so far. `pinned_to`: the version that alone may do so."""

    workflow_id: str
    run_id: str
    pipeline: str
    builds: frozenset[str]
    pinned_to: str = ""

    @property
    def is_known(self) -> bool:
        return self.pipeline in replayable()

    def is_of(self, build_id: str) -> bool:
        """Whether this code, and no other, made its whole history."""
        return self.builds == frozenset({build_id})


def query_of(task_queue: str) -> str:
    """Of all but our own upkeep."""
    upkeep = quoted(workflow_name(ReconcileRecords) or "")
    return f"ExecutionStatus = 'Running' AND TaskQueue = {quoted(task_queue)} AND WorkflowType != {upkeep}"


async def running(client: Client, task_queue: str) -> AsyncIterator[Running]:
    """Newest first, those of pipelines alone, also of ones that are no longer registered: upkeep is left out."""
    async for found in client.list_workflows(query_of(task_queue)):
        if found.workflow_type in replayable() or _is_pipeline(found):
            yield _running(found)


def _is_pipeline(found: WorkflowExecution) -> bool:
    return found.typed_search_attributes.get(PIPELINE) == found.workflow_type


def _running(found: WorkflowExecution) -> Running:
    told = found.typed_search_attributes
    builds = frozenset(one.rsplit(":", 1)[-1] for one in told.get(BUILDS) or () if ":" in one)
    pinned = told.get(VERSION) if told.get(BEHAVIOR) == "Pinned" else None
    return Running(found.id, found.run_id, found.workflow_type, builds, (pinned or "").rsplit(":", 1)[-1])
