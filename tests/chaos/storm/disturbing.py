"""What befalls a storm: each kind of disturbance, or why this machine does not permit it."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

from tests.chaos.storm.place import Place
from tests.chaos.storm.plan import Disturbance, Trouble
from tests.chaos.storm.stack import WORKERS, Stack

SLOW = 0.15  # seconds that each block on the wire waits
Restart = Callable[[float], Awaitable[None]]


class Disturber:
    """`restart` has the PostgreSQL of the record gone for some seconds, where it is one."""

    def __init__(self, place: Place, stack: Stack, restart: Restart | None) -> None:
        self._place, self._stack, self._restart = place, stack, restart

    def not_run(self) -> dict[Trouble, str]:
        """Which, and why."""
        found: dict[Trouble, str] = {
            "skew clock": "no code of ours has a clock to set: deadlines, backoffs and leases go by the server's "
            "and the database's"
        }
        if not self._place.is_small:
            found["fill disk"] = "no small disk may be mounted here"
        if self._restart:
            found["lock database"] = "the record is in a PostgreSQL"
        else:
            found["restart database"] = (
                "the record is in a SQLite file (DATABASE=postgresql has it in a server)"
            )
        return found

    async def disturb(self, what: Disturbance) -> None:
        """Returns once it is over."""
        does: dict[Trouble, Callable[[float], Awaitable[None]]] = {
            "kill worker": self._kill_worker,
            "kill workers": self._kill_workers,
            "kill server": self._stack.kill_server,
            "kill all": self._kill_all,
            "lock database": self._lock,
            "fill disk": self._fill,
            "slow wire": self._slow,
            "cut wire": self._cut,
        }
        if self._restart:
            does["restart database"] = self._restart
        await does[what.trouble](what.seconds)

    async def _kill_worker(self, seconds: float) -> None:
        self._stack.kill_worker(int(seconds * 1000) % WORKERS)

    async def _kill_workers(self, seconds: float) -> None:
        for number in range(WORKERS):
            self._stack.kill_worker(number)

    async def _kill_all(self, seconds: float) -> None:
        await self._kill_workers(seconds)
        await self._stack.kill_server(seconds)

    async def _lock(self, seconds: float) -> None:
        """As a backup or a stranger's transaction does: everybody may read, nobody write."""
        with closing(
            sqlite3.connect(Path(self._place.database.removeprefix("sqlite:///")), 0, isolation_level=None)
        ) as file:
            while True:
                try:
                    file.execute("begin immediate")
                    break
                except sqlite3.OperationalError:  # another writes, or it is just being made
                    await asyncio.sleep(0.05)
            await asyncio.sleep(seconds)
            file.execute("rollback")

    async def _fill(self, seconds: float) -> None:
        await asyncio.to_thread(self._place.fill)
        try:
            await asyncio.sleep(seconds)
        finally:
            self._place.empty()

    async def _slow(self, seconds: float) -> None:
        self._stack.wire.delay = SLOW
        await asyncio.sleep(seconds)
        self._stack.wire.delay = 0

    async def _cut(self, seconds: float) -> None:
        self._stack.wire.cut()
        await asyncio.sleep(seconds)
        self._stack.wire.mend()
