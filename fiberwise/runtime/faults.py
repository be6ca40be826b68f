"""Failures on purpose, to try out what happens: `--fault STEP=KIND`. A worker obeys only where its settings allow."""

import asyncio
import os
import signal
from datetime import timedelta

from temporalio.exceptions import ApplicationError

from fiberwise.contracts.options import FaultKind

SLOW = timedelta(seconds=6)  # long enough to kill something meanwhile
FOREVER = timedelta(days=1)
GARBAGE = "garbage"


async def commit(fault: FaultKind, attempt: int) -> None:
    """Does what the fault says, before the body of the `attempt`-th try."""
    if fault == "fail":
        raise ApplicationError("failed on purpose", type="InjectedFault", non_retryable=True)
    if fault == "fail-once" and attempt == 1:
        raise ApplicationError("failed on purpose, once", type="InjectedFault")
    if fault == "slow":
        await asyncio.sleep(SLOW.total_seconds())
    if fault == "hang":
        await asyncio.sleep(FOREVER.total_seconds())
    if fault == "kill-worker" and attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
