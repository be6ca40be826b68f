"""A worker within this process, for the time that the stack is ours to serve."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from multiprocessing import resource_tracker

from fiberwise.runtime.settings import Settings
from starter.alarms import watched
from starter.cli.deploying import admit
from starter.cli.terminal import tell
from starter.connection import Connection
from worker import Hosted, hosted

# Ctrl-C should not wait for a step that can as well be done again by the next start.
GRACE_SECONDS = 1


def embedded(settings: Settings) -> Settings:
    """The settings of a stack that serves one person: it may be told to fail on purpose.

    Unversioned, since nobody would be left to end the runs of older code.
    """
    return settings.model_copy(update={"allow_faults": True, "versioning": "off"})


@asynccontextmanager
async def serving(reached: Connection) -> AsyncGenerator[bool]:
    """Whether a worker of ours serves in the block: it does where this command owns the embedded stack.

    On leaving, also when interrupted, it serves on until no other command uses the stack; a second interrupt ends that.
    """
    if not (reached.stack and reached.stack.owned):
        yield False
        return
    settings = embedded(reached.settings).model_copy(update={"grace_seconds": GRACE_SECONDS})
    async with served(reached, settings):
        try:
            yield True
        finally:
            await reached.stack.others_gone(tell)


@asynccontextmanager
async def served(reached: Connection, settings: Settings) -> AsyncGenerator[Hosted]:
    """A worker, unless its code would break what is running: then DeployRefused is raised before it polls.

    Its children are born with SIGINT blocked: Ctrl-C reaches the whole group, and they would complain.
    """
    await admit(reached.client, settings)
    resource_tracker.ensure_running()  # to start it later would unblock the signal again
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        async with hosted(reached.client, settings) as found:
            if reached.stack:
                await reached.stack.serve()
            await asyncio.sleep(0)  # by now its children are on their way
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            async with watched(reached.client):
                yield found
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
