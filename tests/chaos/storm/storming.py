"""The storm itself: runs started a few at a time, disturbed as planned, then given time to end, then counted."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from temporalio.client import Client

from starter.connection import Connection, our_plugin
from tests.chaos.storm.attending import Attendant, Seen
from tests.chaos.storm.auditing import Audit
from tests.chaos.storm.disturbing import Disturber
from tests.chaos.storm.place import Place
from tests.chaos.storm.plan import Disturbance, Order, Plan
from tests.chaos.storm.postgres import Database
from tests.chaos.storm.stack import Stack, left

IN_FLIGHT = 24
LIMIT = 90.0
"""Seconds that a client waits for one run in the storm, and after it for one that had not ended."""
TELL = 10.0
CALM = 2.0  # between two disturbances, so that something is done
SHOWN = 20
Say = Callable[[str], None]


@dataclass
class Figures:
    """What the last line says."""

    runs: int
    started: int
    outcomes: dict[str, int]
    lost: list[str]
    doubled: list[str]
    disagreeing: list[str]
    failures: list[str]
    processes: list[str] = field(default_factory=list[str])

    @property
    def is_well(self) -> bool:
        return not (self.lost or self.doubled or self.disagreeing or self.processes or self.failures)

    def __str__(self) -> str:
        how = ", ".join(f"{count} {name}" for name, count in sorted(self.outcomes.items()))
        return (
            f"{self.runs} runs, {self.started} executions ({how}): runs lost {len(self.lost)}, effects doubled "
            f"{len(self.doubled)}, record and history disagreeing {len(self.disagreeing)}, processes left "
            f"{len(self.processes)}, failures of the storm itself {len(self.failures)}"
        )


class Storm:
    def __init__(self, place: Place, plan: Plan, seed: int, database: Database | None, say: Say) -> None:
        self._place, self._plan, self._seed, self._say = place, plan, seed, say
        self._stack, self._seen, self._begun = Stack(place), Seen(), 0
        self._disturber = Disturber(place, self._stack, database.restart if database else None)
        self._failures: list[str] = []

    async def play(self) -> Figures:
        try:
            figures = await self._played()
        finally:
            await self._stack.close()
            processes = left(self._place)
        figures.processes = processes
        self._list("left", processes)
        return figures

    async def _played(self) -> Figures:
        await self._stack.open()
        client = await Client.connect(self._stack.address, plugins=[our_plugin(self._place.settings)])
        attendant = Attendant(Connection(client, self._place.settings, ""), self._seen, self._seed, LIMIT)
        telling = asyncio.create_task(self._tell())
        troubling = asyncio.create_task(self._kept(self._disturb()))
        await self._start_all(attendant)
        await troubling
        telling.cancel()
        await asyncio.gather(*(attendant.to_end(run) for run in list(self._seen.open)))
        audit = Audit(client, self._place, self._seen)
        await audit.look()
        return self._figures(audit)

    async def _start_all(self, attendant: Attendant) -> None:
        places = asyncio.Semaphore(IN_FLIGHT)

        async def one(order: Order) -> None:
            try:
                await self._kept(attendant.attend(order), f"{order.number}, {order.form}: ")
            finally:
                places.release()

        async with asyncio.TaskGroup() as group:
            for order in self._plan.orders:
                await places.acquire()
                self._begun += 1
                group.create_task(one(order))

    async def _disturb(self) -> None:
        not_run = self._disturber.not_run()
        for trouble, why in not_run.items():
            self._say(f"not run: {trouble}: {why}")
        for disturbance in self._plan.disturbances:
            if disturbance.trouble in not_run:
                continue
            while self._begun < disturbance.after:  # noqa: ASYNC110 - a start is no event
                await asyncio.sleep(0.1)
            await self._befall(disturbance)
            await asyncio.sleep(CALM)

    async def _befall(self, disturbance: Disturbance) -> None:
        self._say(f"disturbance {disturbance}")
        self._seen.happened[disturbance.trouble] += 1
        await self._disturber.disturb(disturbance)

    async def _kept(self, work: Coroutine[Any, Any, None], what: str = "") -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - whatever it is is told at the end, and the storm goes on
            self._failures.append(f"{what}{type(error).__name__}: {error}")
            self._say(f"failed: {self._failures[-1][:300]}")

    async def _tell(self) -> None:
        begun, total = time.monotonic(), len(self._plan.orders)
        while True:
            await asyncio.sleep(TELL)
            self._say(
                f"{time.monotonic() - begun:4.0f} s: {self._begun} of {total} started, {self._seen.ended} ended, "
                f"{len(self._seen.open)} open"
            )

    def _figures(self, audit: Audit) -> Figures:
        self._say(f"what befell: {_counted(self._seen.happened)}")
        self._say(f"what died: {_counted(self._stack.deaths)}")
        self._list("lost", audit.lost)
        self._list("doubled", audit.doubled)
        self._list("disagreeing", audit.disagreeing)
        failures = [*self._failures, *self._seen.troubles]
        self._list("failed", failures)
        runs, started = len(self._plan.orders), sum(audit.outcomes.values())
        return Figures(
            runs, started, dict(audit.outcomes), audit.lost, audit.doubled, audit.disagreeing, failures
        )

    def _list(self, what: str, found: list[str]) -> None:
        for one in found[:SHOWN]:
            self._say(f"{what}: {one}")
        if len(found) > SHOWN:
            self._say(f"{what}: {len(found) - SHOWN} more")


def _counted(found: dict[str, int]) -> str:
    return ", ".join(f"{count} x {name}" for name, count in sorted(found.items()))
