"""Replays the executions that are running with today's code, one at a time, and sums up what would break."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf

from temporalio.client import Client

from fiberwise.changing.build import build_id
from fiberwise.changing.fingerprint import declared
from fiberwise.pipeline.anatomy import check_registry
from fiberwise.runtime.settings import Settings
from starter.deploying.diverging import Sides, divergence
from starter.deploying.replaying import Replayed, replayed
from starter.deploying.running import Running, query_of, running
from workflows import AVAILABLE_PIPELINES

EXAMPLES = 5
UNREGISTERED = "the pipeline is not registered any more"


@dataclass(frozen=True)
class Bound:
    """How many executions to look at, and for how long."""

    executions: int
    seconds: float = inf


@dataclass
class Change:
    """What changed, and whom it breaks: `passed` have done what it is at; `staying` are pinned to their `versions`."""

    pipeline: str
    change: str
    patch: str = ""
    executions: int = 0
    passed: int = 0
    staying: int = 0
    versions: list[str] = field(default_factory=list[str])
    examples: list[str] = field(default_factory=list[str])

    def add(self, run: Running, *, passed: bool, stays: bool) -> None:
        self.executions += 1
        self.passed += passed
        if stays:
            self.staying += 1
            self.versions = sorted({*self.versions, run.pinned_to})
        self.examples = [*self.examples, run.workflow_id][:EXAMPLES]

    @property
    def breaking(self) -> int:
        """Those that this code would have to take over."""
        return self.executions - self.staying


@dataclass
class Checked:
    """`running` on the task queue, of these `looked_at`; `same_build` were made by this very code, and not replayed.

    `build_id` is that of a worker with today's code and settings.
    """

    build_id: str
    fingerprints: dict[str, str]
    running: int = 0
    looked_at: int = 0
    same_build: int = 0
    fit: int = 0
    changes: list[Change] = field(default_factory=list[Change])

    def keeps_off(self, run: Running) -> bool:
        """Whether it is pinned to another version than this."""
        return bool(run.pinned_to) and run.pinned_to != self.build_id

    @property
    def breaking(self) -> int:
        return sum(change.breaking for change in self.changes)

    @property
    def staying(self) -> int:
        return sum(change.staying for change in self.changes)


async def check(client: Client, settings: Settings, bound: Bound) -> Checked:
    """Nothing is changed, on the server or here. Raises RPCError where the server does not answer."""
    known = check_registry(AVAILABLE_PIPELINES)
    steps = {name: frozenset(step.name for step in one.steps) for name, one in known.items()}
    all_steps = frozenset[str]().union(*steps.values())  # of what streams a step of any pipeline
    prints = {name: declared(one).fingerprint for name, one in known.items()}
    found = Checked(settings.build or build_id(AVAILABLE_PIPELINES), prints)
    seen: list[Replayed] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(None if bound.seconds == inf else bound.seconds):
            async for one in replayed(client, settings, await _chosen(client, settings, bound, found)):
                seen.append(one)
    found.looked_at += len(seen)
    found.fit = sum(not one.failure for one in seen)
    for one in seen:
        if one.failure:
            _note(found, one, _sides(one, seen, steps.get(one.run.pipeline, all_steps)))
    return found


async def _chosen(client: Client, settings: Settings, bound: Bound, found: Checked) -> list[Running]:
    """Those to be replayed; of the others it is known without."""
    found.running = (await client.count_workflows(query_of(settings.task_queue))).count
    code = build_id(AVAILABLE_PIPELINES)  # a name that a person gave may have stayed while the code changed
    chosen: list[Running] = []
    async for run in running(client, settings.task_queue):
        if len(chosen) == bound.executions:
            break
        if run.is_of(code):
            found.same_build += 1
        elif run.is_known:
            chosen.append(run)
        else:
            found.looked_at += 1
            _change(found, run.pipeline, UNREGISTERED).add(run, passed=False, stays=found.keeps_off(run))
    return chosen


def _sides(one: Replayed, seen: Sequence[Replayed], steps: frozenset[str]) -> Sides:
    same = [other for other in seen if other.run.pipeline == one.run.pipeline]
    known = {command.step for other in same for command in other.recorded}
    return Sides(one.recorded, one.given, steps, known - {""})


def _note(found: Checked, one: Replayed, sides: Sides) -> None:
    parted = divergence(sides, one.failure, one.ended)
    change = _change(found, one.run.pipeline, parted.text, parted.patch)
    change.add(one.run, passed=parted.passed, stays=found.keeps_off(one.run))


def _change(found: Checked, pipeline: str, text: str, patch: str = "") -> Change:
    """The change of this name; made where there is none yet."""
    for change in found.changes:
        if (change.pipeline, change.change) == (pipeline, text):
            return change
    found.changes.append(Change(pipeline, text, patch))
    return found.changes[-1]
