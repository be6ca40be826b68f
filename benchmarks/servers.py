"""Temporal servers for the time of a measurement, each on a database file of its own."""

import asyncio
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from fiberwise.runtime import dev_server, ports
from fiberwise.runtime.locks import Lock
from fiberwise.runtime.ports import LOOPBACK, Ports


@dataclass(frozen=True)
class Server:
    address: str
    process: psutil.Process


@contextmanager
def tuned_server(program: Path, folder: Path) -> Generator[Server]:
    """The server of the project's own stack."""
    (folder / "logs").mkdir(parents=True)
    chosen, lock = _free_ports(), Lock(folder / "stack.lock")
    process = dev_server.spawn(program, folder, chosen, lock.descriptor)
    lock.close()
    with _serving(process, folder, chosen) as server:
        yield server


@contextmanager
def default_server(program: Path, folder: Path) -> Generator[Server]:
    """`temporal server start-dev --db-filename F`, with nothing but free ports set."""
    (folder / "logs").mkdir(parents=True)
    chosen = _free_ports()
    command = [program, "server", "start-dev", "--db-filename", folder / dev_server.DATABASE]
    command += ["--port", str(chosen.server), "--ui-port", str(chosen.ui), "--ip", LOOPBACK]
    with (folder / "logs" / "server.log").open("ab") as log:
        process = psutil.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    with _serving(process, folder, chosen) as server:
        yield server


@contextmanager
def _serving(process: psutil.Popen, folder: Path, chosen: Ports) -> Generator[Server]:
    try:
        asyncio.run(dev_server.until_ready(process, folder, chosen, 0))
        yield Server(f"{LOOPBACK}:{chosen.server}", process)
    finally:
        asyncio.run(dev_server.stop(process))


def _free_ports() -> Ports:
    return ports.choose(Ports(0, 0), Ports(0, 0))
