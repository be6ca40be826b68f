"""Alarms for what Temporal shows nowhere: a workflow task that fails again and again, a step that no worker serves, a
wait that lasts longer than declared. Whoever hosts a worker looks for them: they go to its log and its metrics.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.service import RPCError

from fiberwise.contracts.view import Alarm, ExecutionView
from fiberwise.runtime.telemetry import telemetry
from starter.executions import Wanted, listing

EVERY_SECONDS = 30
MOST = 200
# Timers fire late on a busy server; what is later than this does not fire by itself.
LATE = timedelta(minutes=1)

logger = logging.getLogger(__name__)


@asynccontextmanager
async def watched(client: Client, every: float = EVERY_SECONDS) -> AsyncGenerator[None]:
    """Looks at what runs from time to time, while the block lasts."""
    watching = asyncio.create_task(_watch(client, every))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait({watching})


async def alarms(client: Client) -> list[Alarm]:
    """Of the newest runs that are open, those that will not go on by themselves."""
    running = await listing(client, Wanted(status="running", limit=MOST))
    return [alarm for one in running if (alarm := alarm_of(one, datetime.now(UTC)))]


def alarm_of(seen: ExecutionView, now: datetime) -> Alarm | None:
    """None for a run that goes on, or waits as it may."""
    due = [wait.until for wait in seen.waiting if wait.until]
    due += [seen.deadline_at] if seen.deadline_at else []
    if seen.phase == "blocked" or seen.phase == "no_worker":
        return Alarm(kind=seen.phase, workflow_id=seen.workflow_id, pipeline=seen.pipeline, cause=seen.cause)
    if due and now - min(due) > LATE:
        cause = f"it should have gone on at {min(due):%Y-%m-%d %H:%M} UTC: {seen.cause or seen.phase}"
        return Alarm(kind="overdue", workflow_id=seen.workflow_id, pipeline=seen.pipeline, cause=cause)
    return None


async def _watch(client: Client, every: float) -> None:
    raised: set[tuple[str, str]] = set()
    while True:
        await asyncio.sleep(every)
        try:
            found = await alarms(client)
        except RPCError as error:
            logger.warning("could not look for runs that are stuck: %s", error.message)
        else:
            raised = _told(found, raised)


def _told(found: list[Alarm], raised: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Tells each alarm once for as long as it lasts, and when it is over."""
    now = {(alarm.kind, alarm.workflow_id): alarm for alarm in found}
    count = telemetry().count_alarm
    for kind, workflow_id in sorted(now.keys() - raised):
        alarm = now[kind, workflow_id]
        logger.warning("alarm: %s is %s: %s", workflow_id, kind, alarm.cause)
        if count:
            count(kind, alarm.pipeline)
    for kind, workflow_id in sorted(raised - now.keys()):
        logger.info("alarm over: %s is no longer %s", workflow_id, kind)
    return set(now)
