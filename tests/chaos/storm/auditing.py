"""What a storm left, counted: runs lost, effects doubled, records that do not say what history says."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select
from temporalio.client import Client, WorkflowExecutionStatus

from fiberwise.contracts.execution import Entry
from fiberwise.contracts.identity import execution_id_of
from fiberwise.contracts.record import ExecutionFilter, StoredExecution
from fiberwise.contracts.view import RunAnswer
from fiberwise.orchestration.reconcile import SETTLED, Window
from fiberwise.runtime.settings import Settings
from fiberwise.store.artifacts import hash_file
from fiberwise.store.engine import open_store
from fiberwise.store.queries import executions, get_execution
from fiberwise.store.tables import metrics
from starter import answers
from starter.closing import reconciler
from starter.executions import Wanted, query_of
from tests.chaos.storm.attending import Seen
from tests.chaos.storm.place import Place
from tests.workflows.ledgered import Line

WINDOW = Window(seconds=timedelta(days=1).total_seconds())
Call = tuple[str, str]
"""Execution id, and `<step>#<call>`."""


class Audit:
    """`lost`, `doubled` and `disagreeing` say of each what is wrong with it; `outcomes` how runs ended."""

    def __init__(self, client: Client, place: Place, seen: Seen) -> None:
        self._client, self._place, self._settings, self._seen = client, place, place.settings, seen
        self.lost: list[str] = []
        self.doubled: list[str] = []
        self.disagreeing: list[str] = []
        self.outcomes: Counter[str] = Counter()
        self._completed: dict[Call, Entry] = {}
        self._taken: set[Call] = set()

    async def look(self) -> None:
        """At all executions that the server has, once they have had their time to end; the record is mended first."""
        await _reconciled(self._client, self._settings)
        listed = await self._listed()
        self.lost += [f"{run}: the server has none" for run in self._seen.started if run not in listed]
        engine = open_store(self._settings.database_url)
        for run, runs in listed.items():
            await self.look_at(run, runs, engine)
        known = {execution_id_of(run) for run in listed}
        kept = executions(engine, ExecutionFilter(limit=len(listed) + 1000))
        self.disagreeing += [
            f"{row.workflow_id}: recorded, never run" for row in kept if row.execution_id not in known
        ]
        self.doubled += _metrics_twice(engine)
        engine.dispose()
        self.look_around(listed)

    def look_around(self, runs: Collection[str]) -> None:
        """At what executions left outside of the record."""
        self.doubled += [*self._deeds(), *_damaged(self._place.disk / "artifacts"), *self._published(runs)]

    async def _listed(self) -> dict[str, list[WorkflowExecutionStatus | None]]:
        found: dict[str, list[WorkflowExecutionStatus | None]] = defaultdict(list)
        async for one in self._client.list_workflows(query_of(Wanted())):
            found[one.id].append(one.status)
        return found

    async def look_at(self, run: str, runs: list[WorkflowExecutionStatus | None], engine: Engine) -> None:
        """At one execution, of whose runs the server lists these."""
        if len(runs) > 1:
            self.doubled.append(f"{run}: {len(runs)} runs of one execution")
        if WorkflowExecutionStatus.RUNNING in runs:
            self.lost.append(f"{run}: has not ended")
            return
        answer = await answers.answer(self._client, run)
        self.outcomes[answer.outcome] += 1
        self.doubled += [f"{run}: {told}" for told in [*self._twice(answer), *self._miscounted(answer)]]
        row = await asyncio.to_thread(get_execution, engine, answer.execution_id)
        if told := _difference(answer, row):
            self.disagreeing.append(f"{run}: {told}")

    def _twice(self, answer: RunAnswer) -> Iterator[str]:
        """A call that was completed in more than one attempt, or though its result was there."""
        for entry in answer.execution_log:
            call = answer.execution_id, f"{entry.step}#{entry.call}"
            if entry.status == "cached":
                self._taken.add(call)
            if entry.status == "completed":
                if call in self._completed or call in self._taken:
                    yield f"{call[1]} was completed twice"
                self._completed[call] = entry

    def _miscounted(self, answer: RunAnswer) -> Iterator[str]:
        """Chunks that hold 0, 1, 2, …, each to be counted once: the sum of the squares less that of the numbers."""
        count = self._seen.chunks.get(answer.workflow_id, 0)
        expected = sum(number * number - number for number in range(count))
        if count and answer.outcome == "full" and answer.results["total"] != expected:
            yield f"the total of {count} chunks is {answer.results['total']}, not {expected}"

    def _deeds(self) -> Iterator[str]:
        """In the ledger: one key for a call, one deed for a key, and no attempt after the one that completed.

        One that a cut wire kept from hearing that it is given up may come late: that is what keys are for.
        """
        keys: dict[Call, set[str]] = defaultdict(set)
        deeds: Counter[str] = Counter()
        for line in _ledger(self._place.ledger):
            call = line.call.rpartition(".")[0] + ("/undo" if line.call.endswith(".undo") else "")
            keys[line.execution, call].add(line.key)
            deeds[line.key] += line.anew
            if (line.execution, call) in self._taken:
                yield f"{line.execution}: {line.call} was done though its result was taken over"
            done = self._completed.get((line.execution, call))
            if done and done.completed_at and line.at > done.completed_at and line.attempt > done.attempt:
                yield f"{line.execution}: {line.call} was begun again after it was completed"
        yield from (
            f"{run}: {call} has {len(known)} keys" for (run, call), known in keys.items() if len(known) > 1
        )
        yield from (f"{key} was done {count} times" for key, count in deeds.items() if count > 1)

    def _published(self, runs: Collection[str]) -> Iterator[str]:
        """Each folder belongs to an execution."""
        owners = {execution_id_of(run) for run in runs}
        for folder in (self._place.disk / "published").glob("*/*"):
            if not folder.name.startswith(".") and folder.name not in owners:
                yield f"{folder.name}: published by nobody"


async def _reconciled(client: Client, settings: Settings) -> None:
    await asyncio.sleep(SETTLED.total_seconds() + 1)
    async with reconciler(settings) as found:
        await found.reconcile(client, WINDOW)


def _difference(answer: RunAnswer, row: StoredExecution | None) -> str:
    """What the record says otherwise; empty where it says the same."""
    if row is None:
        return "has no record"
    for name in ("status", "outcome", "reasons", "workflow_id"):
        if getattr(row, name) != getattr(answer, name):
            return f"{name} is {getattr(row, name)!r} on record, {getattr(answer, name)!r} in history"
    recorded, told = _lines(row.execution_log), _lines(answer.execution_log)
    return "" if recorded == told else f"the log is {recorded} on record, {told} in history"


def _lines(log: list[Entry]) -> list[tuple[str, int, int, str]]:
    return [(entry.step, entry.call, entry.attempt, entry.status) for entry in log]


def _metrics_twice(engine: Engine) -> list[str]:
    of = (
        metrics.c.execution_id,
        metrics.c.step_name,
        metrics.c.call,
        metrics.c.attempt,
        metrics.c.metric_name,
    )
    with engine.connect() as connection:
        found = connection.execute(select(*of).group_by(*of).having(func.count() > 1)).all()
    return [f"{row[0]}: the metric {row[4]} of {row[1]} is there twice" for row in found]


def _damaged(folder: Path) -> Iterator[str]:
    """Files of another content than their name says."""
    for file in folder.glob("??/*"):
        if not file.name.startswith(".") and hash_file(file) != file.name.partition(".")[0]:
            yield f"{file.name} holds something else"


def _ledger(folder: Path) -> Iterator[Line]:
    file = folder / "ledger.jsonl"
    if file.exists():
        with file.open() as lines:
            yield from (Line.model_validate_json(line) for line in lines)
