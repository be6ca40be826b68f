"""The embedded stack: one Temporal server per state folder, shared by all commands that use the folder.

Four locks in the folder say who holds what. `stack.lock` is the server's: it inherits the descriptor, so the
lock lives exactly as long as the server. `owner.lock` is held by the command that will stop the server.
`users.lock` is shared by all commands that use the server; the owner takes it whole before it stops.
`workers.lock` is shared by those that also serve it: an owner that is not needed hands over and leaves.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psutil

from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.runtime import dev_server
from fiberwise.runtime.locks import Lock
from fiberwise.runtime.polling import POLL_SECONDS, until
from fiberwise.runtime.ports import LOOPBACK, Ports
from fiberwise.runtime.settings import Settings
from fiberwise.runtime.stack_start import Tell, found_server, start_server
from fiberwise.runtime.stack_state import read_state, state_folder

WAIT_SECONDS = 90  # for another command that is starting or stopping the same stack


def _quiet(_: str) -> None: ...


@dataclass(frozen=True)
class Stack:
    """A server that answers. `owned`: this command stops it at the end; `adopted`: its first owner died."""

    process: psutil.Process
    ports: Ports
    users: Lock
    workers: Lock
    owned: bool
    adopted: bool = False
    namespace: str = dev_server.NAMESPACE

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.ports.server}"

    @property
    def ui_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.ui}"

    async def ended(self) -> None:
        """Returns once the server is gone: killed, crashed, or stopped by its owner."""
        await until(lambda: not dev_server.is_alive(self.process))

    async def serve(self) -> None:
        """Says that a worker of this command serves the stack: others may count on it until it leaves."""
        await until(self.workers.try_shared)

    async def others_gone(self, tell: Callable[[str], None] = _quiet) -> bool:
        """Waits while another command needs the worker of this one; then whether none uses the stack any more.

        None that comes later is let in until the stack is stopped. An owner awaits it while its worker still serves.
        """
        text = (
            "another command uses this Temporal server: waiting for it to end (Ctrl-C stops the server now)"
        )
        await _until(lambda: self.users.try_exclusive() or not self._is_needed(), tell, text)
        return self.users.try_exclusive()

    def _is_needed(self) -> bool:
        """Whether this command's worker is the only one. An flock that cannot be widened is lost: taken anew."""
        if not self.workers.held:
            return False
        alone = self.workers.try_exclusive()
        self.workers.try_shared()
        return alone


@asynccontextmanager
async def open_stack(settings: Settings, tell: Tell = _quiet) -> AsyncGenerator[Stack]:
    """The stack of `settings.home`: one that is up is used, one whose owner died adopted, else one started.

    `tell` gets a line for what takes time. On leaving, an owner stops the server; it hands over to another command
    that uses it, at once if that can do without this one's worker (cancelling the wait stops the server at once).
    Raises BadInput (settings, state folder) and ServiceUnavailable (no program, it does not start or answer).
    """
    home = state_folder(settings)
    users, owner, workers = (Lock(home / f"{name}.lock") for name in ("users", "owner", "workers"))
    try:
        await _until(users.try_shared, tell, "waiting for the last Temporal server of this folder to stop")
        stack = await _settle(settings, home, _Locks(users, owner, workers), tell)
        try:
            yield stack
        finally:
            # A user whose owner died in the meantime inherits the duty to stop.
            if stack.owned or owner.try_exclusive():
                await _close(stack, tell)
    finally:
        for lock in (owner, users, workers):
            lock.close()


async def running_stack(settings: Settings) -> tuple[str, str] | None:
    """Address and UI link of the stack that is up, if any, for a command that only looks."""
    if not (server := await found_server(settings.home.expanduser().resolve())):
        return None
    return f"{LOOPBACK}:{server.ports.server}", f"http://{LOOPBACK}:{server.ports.ui}"


class _Locks(NamedTuple):
    users: Lock
    owner: Lock
    workers: Lock


async def _settle(settings: Settings, home: Path, locks: _Locks, tell: Tell) -> Stack:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        owned = locks.owner.try_exclusive()
        if server := await found_server(home):
            return Stack(server.process, server.ports, locks.users, locks.workers, owned, adopted=owned)
        if owned:
            server = await start_server(settings, home, tell)
            return Stack(server.process, server.ports, locks.users, locks.workers, owned)
        await asyncio.sleep(POLL_SECONDS)
    state = read_state(home)
    who = f"process {state.owner_pid}" if state else "its process is unknown"
    raise ServiceUnavailable(
        f"another command ({who}) holds the stack, but the server does not answer",
        where=str(home),
        hint="end that command, then try again",
    )


async def _close(stack: Stack, tell: Tell) -> None:
    try:
        if not await stack.others_gone(tell):
            return  # the last of the others stops it
    except asyncio.CancelledError:
        await dev_server.stop(stack.process)
        raise
    await dev_server.stop(stack.process)


async def _until(taken: Callable[[], bool], tell: Tell, text: str) -> None:
    if not taken():
        tell(text)
        await until(taken)
