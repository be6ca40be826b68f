"""The workflow that works through the chunks of one step: so many at once, each tried as the step declares."""

import asyncio
from collections.abc import Iterator
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from fiberwise.contracts.attempt import Envelope, Failure
from fiberwise.contracts.execution import Entry, Progress
from fiberwise.contracts.options import Header
from fiberwise.contracts.stream import Effort, Gathered, Ledger, Missing, Part, Portion, Streamed
from fiberwise.pipeline.asking import unpaused
from fiberwise.pipeline.carrying_out import carry_out
from fiberwise.pipeline.controlled import Controlled
from fiberwise.pipeline.failure import StepFailed
from fiberwise.pipeline.log import Call
from fiberwise.pipeline.state import RunState
from fiberwise.pipeline.streaming import STREAM, StreamOrder


@workflow.defn(name=STREAM)
class StreamStep(Controlled):
    """Each round goes over all chunks and puts the parts together; a chunk that fails for good is left out."""

    @workflow.init
    def __init__(self, order: StreamOrder) -> None:
        super().__init__(RunState([order]))
        self._order, self._begun = order, 0
        self._run.board.about = order.about

    @workflow.run
    async def run(self, order: StreamOrder) -> Streamed:
        """Raises ApplicationError, with the Failure as its detail, where no chunk is left or a merge fails."""
        try:
            while self._order.merged < len(order.rounds):
                await self._over_the_chunks()
                await self._put_together()
        except StepFailed as error:
            raise _as_error(error.failure) from error
        return Streamed(value=self._order.so_far, ledgers=self._order.ledgers, effort=self._effort())

    @workflow.query
    def progress(self) -> Progress:
        """How many chunks are done, at which speed."""
        return self._run.progress

    @workflow.query
    def execution_log(self) -> list[Entry]:
        """The attempts of this run of the stream; those before it went on as new are in their own histories."""
        return self._run.log.entries

    @property
    def _ledger(self) -> Ledger:
        return self._order.ledgers[-1]

    async def _over_the_chunks(self) -> None:
        if len(self._order.ledgers) == self._order.merged:
            place, kept = self._order.merged, self._order.kept
            fresh = kept[place] if place < len(kept) else Ledger(count=self._order.chunks.count)
            self._note(ledgers=[*self._order.ledgers, fresh], round_began=workflow.now())
        todo = iter(self._ledger.open)
        await asyncio.gather(*(self._lane(todo) for _ in range(self._order.window)))
        if self._ledger.never_tried:
            await self._go_on_as_new()
        if self._ledger.count and not self._ledger.done:
            raise StepFailed(_none_left(self._ledger))

    async def _lane(self, todo: Iterator[int]) -> None:
        """Takes the next chunk as long as there is one, and this run has room for it in its history."""
        while self._begun < self._order.renewed_after and not workflow.info().is_continue_as_new_suggested():
            number = next(todo, None)
            if number is None:
                return
            self._begun += 1
            await self._work_on(number)

    async def _work_on(self, number: int) -> None:
        order, place = self._order, self._order.merged
        portion = Portion[Any](request=order.request, chunks=order.chunks, number=number, so_far=order.so_far)
        call = Call(order.name, order.rounds[place].chunk, number + 1, portion, round=place + 1)
        await unpaused(self._run, call)
        try:
            part = await carry_out(self._run, order, call, Envelope[Part])
        except StepFailed as error:
            missing = Missing(number=number, type=error.failure.type, reason=error.failure.message)
            self._note_chunk(self._ledger.without(missing))
        else:
            self._note_chunk(self._ledger.with_part(part))

    async def _put_together(self) -> None:
        order, place = self._order, self._order.merged
        gathered = Gathered[Any](
            request=order.request,
            chunks=order.chunks,
            parts=sorted(self._ledger.done, key=lambda part: part.number),
            missing=sorted(self._ledger.failed, key=lambda one: one.number),
            so_far=order.so_far,
        )
        call = Call(order.name, order.rounds[place].merge, 0, gathered, round=place + 1)
        await unpaused(self._run, call)
        value = await carry_out(self._run, order, call, Envelope[Any])
        self._note(so_far=value, merged=place + 1)

    async def _go_on_as_new(self) -> None:
        """With an empty history; a pause ends first, since the next run would not know of it."""
        await workflow.wait_condition(lambda: self._run.controls.paused is None)
        workflow.continue_as_new(self._order.model_copy(update={"effort": self._effort()}))

    def _note(self, **changes: Any) -> None:
        self._order = self._order.model_copy(update=changes)

    def _note_chunk(self, ledger: Ledger) -> None:
        self._note(ledgers=[*self._order.ledgers[:-1], ledger])
        passes = (
            f"round {self._order.merged + 1} of {len(self._order.rounds)}: "
            if len(self._order.rounds) > 1
            else ""
        )
        self._run.board.started(self._order.name, 1, f"{passes}{ledger.about}{self._speed()}")

    def _speed(self) -> str:
        """How fast the open round goes, and how long it will take at that."""
        began = self._order.round_began
        seconds = (workflow.now() - began).total_seconds() if began else 0
        done = len(self._ledger.done)
        if not done or seconds < 1:
            return ""
        rows = sum(part.rows for part in self._ledger.done)
        left = seconds / done * self._ledger.never_tried
        return f", {rows / seconds:,.0f} rows/s, {left:,.0f} s left"

    def _effort(self) -> Effort:
        """That of the runs before, and of this one's attempts."""
        metrics = [entry.metrics for entry in self._run.log.entries]
        peaks = [one.peak_rss_bytes for one in metrics if one.peak_rss_bytes]
        before = self._order.effort
        first = self._order.ledgers[0].done if self._order.ledgers else []
        return Effort(
            cpu_ms=round(before.cpu_ms + sum(one.cpu_ms or 0 for one in metrics), 3),
            peak_rss_bytes=max([*peaks, before.peak_rss_bytes or 0]) or None,
            rows=sum(part.rows for part in first),
            bytes=sum(part.bytes for part in first),
        )

    def _header(self, activity_id: str) -> Header:
        """Told to each activity: as those of the pipeline, whose first activity has opened the record."""
        del activity_id
        return Header(options=self._run.options, version=self._order.version)


def _none_left(ledger: Ledger) -> Failure:
    first = min(ledger.failed, key=lambda one: one.number)
    chunks = f"all {ledger.count:,} chunks failed, chunk {first.number + 1:,}: " if ledger.count > 1 else ""
    return Failure(type=first.type, message=f"{chunks}{first.reason}", retryable=False)


def _as_error(failure: Failure) -> ApplicationError:
    return ApplicationError(failure.message, failure, type=failure.type, non_retryable=True)
