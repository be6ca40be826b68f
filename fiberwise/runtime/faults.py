"""Failures on purpose, to try out what happens: `--fault STEP=KIND`. A worker obeys only where its settings allow."""

import asyncio
import os
import signal
from collections.abc import Mapping
from datetime import timedelta

from temporalio.exceptions import ApplicationError

from fiberwise.contracts.activity_id import ROLES, ActivityId
from fiberwise.contracts.options import FaultKind

SLOW = timedelta(seconds=6)  # long enough to kill something meanwhile
SLOW_IN_REHEARSAL = timedelta(seconds=0.3)  # where a step has two seconds in all
FOREVER = timedelta(days=1)
GARBAGE: FaultKind = "garbage"


def asked_for(faults: Mapping[str, FaultKind], activity_id: str) -> FaultKind | None:
    """The fault of a step (`extract`), of what stands in for it (`extract.instead`) or undoes it (`publish.undo`).

    `extract#3` is that of its third call alone, or of its third chunk where it streams.
    """
    found = ActivityId.read(activity_id)
    if found.is_round and found.of_call in faults:
        return faults[found.of_call]
    return faults.get(f"{found.step}.{found.role}" if found.role in ROLES else found.step)


def is_first(activity_id: str, attempt: int) -> bool:
    """Of all tries of its call: a repair begins another round (`<step>#<call>.<round>`), which counts from 1 again."""
    return attempt == 1 and ActivityId.read(activity_id).role in ("1", *ROLES)


async def commit(fault: FaultKind, *, first: bool, rehearsal: bool = False) -> None:
    """Does what the fault says, before the body; `first`: of the first try of its call."""
    if fault == "fail":
        raise ApplicationError("failed on purpose", type="InjectedFault", non_retryable=True)
    if fault == "fail-once" and first:
        raise ApplicationError("failed on purpose, once", type="InjectedFault")
    if fault == "slow":
        await asyncio.sleep((SLOW_IN_REHEARSAL if rehearsal else SLOW).total_seconds())
    if fault == "hang":
        await asyncio.sleep(FOREVER.total_seconds())
    if fault == "kill-worker" and first:
        os.kill(os.getpid(), signal.SIGKILL)
