"""Finds the server of a state folder, or starts one after whatever was left of the last is gone."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.runtime import dev_server, ports
from fiberwise.runtime.dev_server import PortTaken
from fiberwise.runtime.locks import Lock
from fiberwise.runtime.polling import until
from fiberwise.runtime.ports import Ports
from fiberwise.runtime.server_binary import download_server, find_server
from fiberwise.runtime.settings import Settings
from fiberwise.runtime.stack_state import StackState, read_state, write_state

CLEAR_SECONDS = 30
ATTEMPTS = 5

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Server:
    process: psutil.Process
    ports: Ports


async def found_server(home: Path) -> Server | None:
    """The server that the state folder speaks of, if it lives, is this folder's, and answers."""
    state, process = read_state(home), dev_server.find_process(home)
    if not state or not process or process.pid != state.pid:
        return None
    well = dev_server.listens(process, state.port) and await dev_server.answers(state.port)
    return Server(process, state.ports) if well else None


async def start_server(settings: Settings, home: Path, tell: Tell) -> Server:
    """A new server that answers; nothing is left of it if this raises or is cancelled."""
    program = await _program(settings, tell)
    lock = await _cleared(home, tell)
    tell("starting the Temporal server")
    try:
        server = await _started(program, settings, home, lock)
    finally:
        lock.close()  # from here on it is the server's alone
    return server


async def _program(settings: Settings, tell: Tell) -> Path:
    try:
        return find_server(settings)
    except ServiceUnavailable:
        tell("no Temporal server on this machine: downloading the official one")
        return await download_server(settings)


async def _cleared(home: Path, tell: Tell) -> Lock:
    """The server's lock, once no older server holds it: two on one database would both start."""
    lock = Lock(home / "stack.lock")
    try:
        if process := dev_server.find_process(home):
            tell(f"stopping an older Temporal server (process {process.pid}) that does not answer")
            await dev_server.stop(process)
        if await until(lock.try_exclusive, CLEAR_SECONDS):
            return lock
    except BaseException:
        lock.close()
        raise
    lock.close()
    raise ServiceUnavailable(
        "a process that cannot be seen from here holds the database of this folder",
        where=str(home / "stack.lock"),
        hint="end it, or set FIBERWISE_HOME to another folder",
    )


async def _started(program: Path, settings: Settings, home: Path, lock: Lock) -> Server:
    wanted = Ports(settings.server_port, settings.ui_port)
    state = read_state(home)
    last = state.ports if state else Ports(0, 0)
    for _ in range(ATTEMPTS - 1):
        try:
            return await _attempt(program, home, ports.choose(wanted, last), lock)
        except PortTaken:
            last = Ports(0, 0)
    return await _attempt(program, home, ports.choose(wanted, last), lock)


async def _attempt(program: Path, home: Path, chosen: Ports, lock: Lock) -> Server:
    log_start = dev_server.bound_log(home)
    process = dev_server.spawn(program, home, chosen, lock.descriptor)
    try:
        await dev_server.until_ready(process, home, chosen, log_start)
        started = datetime.now(UTC)
        state = StackState(
            pid=process.pid, port=chosen.server, ui_port=chosen.ui, owner_pid=os.getpid(), started=started
        )
        write_state(home, state)
    except BaseException:
        await dev_server.stop(process)
        raise
    return Server(process, chosen)
