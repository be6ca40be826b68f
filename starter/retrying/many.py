"""Many executions carried on: chosen by a query, looked at first, begun one after the other at a rate."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from fiberwise.contracts.errors import PipelineError, Refused, ServiceUnavailable
from fiberwise.pipeline.results import result_of
from fiberwise.runtime.settings import Settings
from starter.executions import Wanted, query_of
from starter.retrying.again import Again
from starter.retrying.carrying_on import begun, order_for
from starter.retrying.line import name_of, successor
from starter.updates import ours
from starter.views import listed
from workflows import AVAILABLE_PIPELINES

FAILED = "ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut')"
ENDED_BADLY = (
    "(ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut', 'Canceled')"
    " OR (ExecutionStatus = 'Completed' AND Outcome IN ('degraded', 'fallback')))"
)
FIRST = 5  # executions of which a preview tells why, and a summary by name
TOLD = 1000  # executions that a summary names as begun


@dataclass(frozen=True)
class Chosen:
    """Which to carry on: those of a list query of Temporal, those that failed since; `until` keeps later ones out."""

    until: datetime
    query: str = ""
    failed_since: datetime | None = None

    def __str__(self) -> str:
        """As one list query: of our pipelines, ended badly, and not in place of another, which is retried itself."""
        failed = (
            f"{FAILED} AND CloseTime >= '{self.failed_since.isoformat()}'"
            if self.failed_since
            else ENDED_BADLY
        )
        parts = [query_of(Wanted()), failed, f"CloseTime <= '{self.until.isoformat()}'"]
        return " AND ".join(
            [*parts, "ParentWorkflowId IS NULL", *([f"({self.query})"] if self.query else [])]
        )


@dataclass(frozen=True)
class Ended:
    """One of those chosen, and why it ended so."""

    execution_id: str
    pipeline: str
    outcome: str
    reason: str


@dataclass(frozen=True)
class Preview:
    """How many there are, by pipeline too, and of the last ones to end why."""

    count: int
    pipelines: dict[str, int]
    first: list[Ended]


@dataclass
class Reason:
    """Why executions were refused: how many, and the first of them."""

    count: int = 0
    executions: list[str] = field(default_factory=list[str])


@dataclass
class Summary:
    """What came of it. `begun` names the first thousand: the one carried on, and the one that does so."""

    chosen: int = 0
    started: int = 0
    begun: dict[str, str] = field(default_factory=dict[str, str])
    refused: dict[str, Reason] = field(default_factory=dict[str, Reason])

    def add(self, execution: str, new: str) -> None:
        self.started += 1
        if len(self.begun) < TOLD:
            self.begun[execution] = new

    def refuse(self, execution: str, why: str) -> None:
        reason = self.refused.setdefault(why, Reason())
        reason.count += 1
        if len(reason.executions) < FIRST:
            reason.executions.append(execution)


async def preview(client: Client, chosen: Chosen) -> Preview:
    """Changes nothing. Raises RPCError (invalid argument) for a query that is none."""
    counts = {
        name: (await client.count_workflows(f"{chosen} AND WorkflowType = '{name}'")).count
        for name in AVAILABLE_PIPELINES
    }
    first = [await _ended(client, one) async for one in client.list_workflows(str(chosen), limit=FIRST)]
    return Preview(sum(counts.values()), {name: count for name, count in counts.items() if count}, first)


async def retry_all(
    client: Client,
    settings: Settings,
    chosen: Chosen,
    again: Again,
    rate: float,
    tell: Callable[[Summary], None] = lambda summary: None,
) -> Summary:
    """Begins at most `rate` a second; one is looked at after the other, and of none more than its name is kept.

    What cannot be carried on is counted with its reason. Raises ServiceUnavailable when a service goes away: to do it
    again then begins what is left. `tell` is called after each.
    """
    found = Summary()
    async for execution in _at_rate(client.list_workflows(str(chosen)), rate):
        name = name_of(execution.id)
        try:
            found.add(name, await _carried_on(client, settings, execution, again))
        except ServiceUnavailable:
            raise
        except PipelineError as error:
            found.refuse(name, error.message)
        found.chosen += 1
        tell(found)
    return found


async def _carried_on(client: Client, settings: Settings, execution: WorkflowExecution, again: Again) -> str:
    """The new execution's id. Raises Refused for one that is carried on already: the last of a line is chosen too."""
    described = await ours(client, execution.id)
    if await successor(client, described):
        raise Refused("it is carried on already")
    started = await begun(client, settings, await order_for(client, settings, described, again), again)
    if started.existing:
        raise Refused("it is carried on already")
    return started.execution_id


async def _at_rate(
    executions: AsyncIterator[WorkflowExecution], rate: float
) -> AsyncIterator[WorkflowExecution]:
    clock = asyncio.get_running_loop().time
    due = clock()
    async for execution in executions:
        await asyncio.sleep(max(0.0, due - clock()))
        due = max(due, clock() - 1 / rate) + 1 / rate
        yield execution


async def _ended(client: Client, execution: WorkflowExecution) -> Ended:
    seen = listed(execution)
    handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
    tells = execution.status in (WorkflowExecutionStatus.COMPLETED, WorkflowExecutionStatus.FAILED)
    reasons = (await result_of(handle)).reasons if tells else [f"it was {seen.outcome}"]
    return Ended(seen.execution_id, seen.pipeline, seen.outcome or "", "; ".join(reasons))
