"""The embedded stack: one Temporal server per state folder, shared by all commands that use the folder.

Three locks in the folder say who holds what. `stack.lock` is the server's: it inherits the descriptor, so the
lock lives exactly as long as the server. `owner.lock` is held by the command that will stop the server.
`users.lock` is shared by all commands that use the server; the owner takes it whole before it stops.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

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

    async def others_gone(self, tell: Callable[[str], None] = _quiet) -> None:
        """Returns once no other command uses the stack; new ones then wait until it is stopped.

        An owner awaits it while its worker still serves. Cancelling it keeps the stack.
        """
        text = (
            "another command uses this Temporal server: waiting for it to end (Ctrl-C stops the server now)"
        )
        await _until(self.users.try_exclusive, tell, text)


@asynccontextmanager
async def open_stack(settings: Settings, tell: Tell = _quiet) -> AsyncGenerator[Stack]:
    """The stack of `settings.home`: one that is up is used, one whose owner died adopted, else one started.

    `tell` gets a line for what takes time. On leaving, an owner waits until no other command uses the server
    (cancelling that wait stops the server at once), then stops it.
    Raises BadInput (settings, state folder) and ServiceUnavailable (no program, it does not start or answer).
    """
    home = state_folder(settings)
    users, owner = Lock(home / "users.lock"), Lock(home / "owner.lock")
    try:
        await _until(users.try_shared, tell, "waiting for the last Temporal server of this folder to stop")
        stack = await _settle(settings, home, users, owner, tell)
        try:
            yield stack
        finally:
            # A user whose owner died in the meantime inherits the duty to stop.
            if stack.owned or owner.try_exclusive():
                await _close(stack, tell)
    finally:
        owner.close()
        users.close()


async def running_stack(settings: Settings) -> tuple[str, str] | None:
    """Address and UI link of the stack that is up, if any, for a command that only looks."""
    if not (server := await found_server(settings.home.expanduser().resolve())):
        return None
    return f"{LOOPBACK}:{server.ports.server}", f"http://{LOOPBACK}:{server.ports.ui}"


async def _settle(settings: Settings, home: Path, users: Lock, owner: Lock, tell: Tell) -> Stack:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        owned = owner.try_exclusive()
        if server := await found_server(home):
            return Stack(server.process, server.ports, users, owned, adopted=owned)
        if owned:
            server = await start_server(settings, home, tell)
            return Stack(server.process, server.ports, users, owned)
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
        await stack.others_gone(tell)
    finally:
        await dev_server.stop(stack.process)


async def _until(taken: Callable[[], bool], tell: Tell, text: str) -> None:
    if not taken():
        tell(text)
        await until(taken)
