"""A server and two workers in processes of their own, each begun again whenever it dies."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from contextlib import suppress

import psutil

from fiberwise.runtime import dev_server
from fiberwise.runtime.locks import Lock
from fiberwise.runtime.ports import LOOPBACK, Ports, choose
from fiberwise.runtime.server_binary import find_server
from tests.chaos.storm.place import Place
from tests.chaos.storm.program import PROGRAM
from tests.chaos.storm.proxy import Wire
from tests.integration.cli.program import ROOT

WORKERS = 2
BREATH = 0.5
NO_PORTS = Ports(0, 0)


class Stack:
    """`wire` lies between the workers and the server. `deaths` counts how often a part of it ended."""

    def __init__(self, place: Place) -> None:
        self._place, self._ports = place, choose(NO_PORTS, NO_PORTS)
        self.wire, self.deaths = Wire(self._ports.server), Counter[str]()
        self._server: psutil.Popen | None = None
        self._workers: dict[int, Process] = {}
        self._keepers: list[asyncio.Task[None]] = []

    @property
    def address(self) -> str:
        """Of the server itself: what a client uses is not cut."""
        return f"{LOOPBACK}:{self._ports.server}"

    async def open(self) -> None:
        await self._serve()
        port = await self.wire.open()
        own = {"TEMPORAL_ADDRESS": f"{LOOPBACK}:{port}", "TEMPORAL_NAMESPACE": "default"}
        self._keepers = [
            asyncio.create_task(self._keep_worker(n, self._place.environment | own)) for n in range(WORKERS)
        ]

    async def close(self) -> None:
        """SIGTERM for the workers, which must leave by themselves; then the server."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for process in self._workers.values():
            with suppress(ProcessLookupError):
                process.terminate()
        await asyncio.gather(*(_gone(process) for process in self._workers.values()))
        await self.wire.close()
        if self._server:
            await dev_server.stop(self._server)

    def kill_worker(self, number: int) -> None:
        self.deaths["worker killed"] += 1
        if process := self._workers.get(number):
            with suppress(ProcessLookupError):
                process.kill()

    async def kill_server(self, seconds: float) -> None:
        """It is gone for so long."""
        self.deaths["server killed"] += 1
        if self._server:
            self._server.kill()
            self._server.wait()
        await asyncio.sleep(seconds)
        await self._serve()

    async def _serve(self) -> None:
        home, program = self._place.home, find_server(self._place.settings)
        lock = Lock(home / "stack.lock")
        start = dev_server.bound_log(home)
        self._server = dev_server.spawn(program, home, self._ports, lock.descriptor)
        lock.close()
        await dev_server.until_ready(self._server, home, self._ports, start)

    async def _keep_worker(self, number: int, environment: dict[str, str]) -> None:
        log = self._place.home / "logs" / f"worker-{number}.log"
        while True:
            with log.open("ab") as errors:
                self._workers[number] = await asyncio.create_subprocess_exec(
                    *PROGRAM, "worker", cwd=ROOT, env=environment, stdout=DEVNULL, stderr=errors
                )
            code = await self._workers[number].wait()
            self.deaths[f"worker ended {_said(code)}"] += 1
            await asyncio.sleep(BREATH)


async def _gone(process: Process) -> None:
    """One that does not leave stays, and is counted among those left."""
    with suppress(TimeoutError):
        async with asyncio.timeout(30):
            await process.wait()


def _said(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else str(code)


def left(place: Place) -> list[str]:
    """Processes that still know the state folder, by command line or environment; they are ended."""
    found: list[str] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            knows = process.environ().get("FIBERWISE_HOME") == str(place.home)
            command = " ".join(process.cmdline())
            alive = process.pid != os.getpid() and dev_server.is_alive(process)
            if alive and (knows or str(place.home) in command):
                found.append(f"{process.pid} {command[:120]}")
                process.kill()
    return found
