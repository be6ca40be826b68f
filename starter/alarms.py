"""Alarms for what Temporal shows nowhere: a workflow task that fails again and again, a step that no worker serves, a
wait that lasts longer than declared. Whoever hosts a worker looks for them: they go to its log and its metrics.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from fiberwise.contracts.view import Alarm, ExecutionView
from fiberwise.runtime.telemetry import telemetry
from starter.executions import ASKED_AT_ONCE, running
from starter.views import view

EVERY_SECONDS = 30
# Runs that wait for people stay open for weeks; more of them than this would keep a worker busy with looking.
MOST = 2000
REST = 9  # times as long as a look took: looking has a tenth of the time at most
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


async def alarms(client: Client, raised: Collection[Alarm] = ()) -> list[Alarm]:
    """Of the newest runs that are open, those that will not go on by themselves.

    Those with an alarm raised are looked at too, wherever they stand; what cannot be looked at keeps its alarm.
    """
    known = {alarm.workflow_id: alarm for alarm in raised}
    places = asyncio.Semaphore(ASKED_AT_ONCE)

    async def looked(workflow_id: str) -> Alarm | None:
        async with places:
            return await _looked(client, workflow_id, known.get(workflow_id))

    ids = dict.fromkeys([*await running(client, MOST), *known])
    return [alarm for alarm in await asyncio.gather(*map(looked, ids)) if alarm]


async def _looked(client: Client, workflow_id: str, before: Alarm | None) -> Alarm | None:
    try:
        return alarm_of(await view(client, workflow_id), datetime.now(UTC))
    except Exception as error:  # noqa: BLE001 - one odd run (a newer worker's answer, say) hides no other
        if isinstance(error, RPCError) and error.status == RPCStatusCode.NOT_FOUND:
            return None
        logger.warning("could not look whether %s is stuck: %s", workflow_id, error)
        return before


def alarm_of(seen: ExecutionView, now: datetime) -> Alarm | None:
    """None for a run that goes on, waits as it may, or has ended."""
    if seen.status != "running":
        return None
    due = [wait.until for wait in seen.waiting if wait.until]
    due += [seen.deadline_at] if seen.deadline_at else []
    if seen.phase == "blocked" or seen.phase == "no_worker":
        return Alarm(kind=seen.phase, workflow_id=seen.workflow_id, pipeline=seen.pipeline, cause=seen.cause)
    if due and now - min(due) > LATE:
        cause = f"it should have gone on at {min(due):%Y-%m-%d %H:%M} UTC: {seen.cause or seen.phase}"
        return Alarm(kind="overdue", workflow_id=seen.workflow_id, pipeline=seen.pipeline, cause=cause)
    return None


async def _watch(client: Client, every: float) -> None:
    raised, rest = list[Alarm](), every
    while True:
        await asyncio.sleep(rest)
        began = time.monotonic()
        try:
            found = await alarms(client, raised)
            _tell(found, raised)
            raised = found
        except Exception as error:  # noqa: BLE001 - whatever it was, a watcher that ends would be missed by nobody
            logger.warning("could not look for runs that are stuck: %s", error)
        rest = max(every, REST * (time.monotonic() - began))


def _tell(found: list[Alarm], raised: list[Alarm]) -> None:
    """Tells each alarm once for as long as it lasts, and when it is over."""
    now, before = _by_key(found), _by_key(raised)
    count = telemetry().count_alarm
    for kind, workflow_id in sorted(now.keys() - before.keys()):
        alarm = now[kind, workflow_id]
        logger.warning("alarm: %s is %s: %s", workflow_id, kind, alarm.cause)
        if count:
            count(kind, alarm.pipeline)
    for kind, workflow_id in sorted(before.keys() - now.keys()):
        logger.info("alarm over: %s is no longer %s", workflow_id, kind)


def _by_key(found: list[Alarm]) -> dict[tuple[str, str], Alarm]:
    return {(alarm.kind, alarm.workflow_id): alarm for alarm in found}
