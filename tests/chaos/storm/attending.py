"""A client of the storm: starts a run, does to it what is planned, helps it where it waits, and sees it end."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import TypeVar

from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from fiberwise.contracts.controls import Action
from fiberwise.contracts.errors import BadInput, KeyReused, NotFound, PipelineError, ServiceUnavailable
from starter.client import FiberWise, How
from starter.connection import Connection
from starter.pending import activities, moment, state_of
from tests.chaos.storm.plan import Answer, Order

T = TypeVar("T")
PHASE = SearchAttributeKey.for_keyword("Phase")
LOOK = 1.5
CLOSER = 6  # each so many looks
PATIENCE = 4  # seconds of backoff that nobody cuts short
AGAIN = 1.0
CANNOT = (ServiceUnavailable, RPCError, OSError, TimeoutError)
"""What passes when a server, a store or a disk comes back."""
SENSELESS = (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.INVALID_ARGUMENT)


@dataclass
class Seen:
    """What the clients of a storm have seen: forms by workflow id, how many chunks of numbers a run was given, and
    how often each thing happened."""

    started: dict[str, str] = field(default_factory=dict[str, str])
    open: set[str] = field(default_factory=set[str])
    chunks: dict[str, int] = field(default_factory=dict[str, int])
    ended: int = 0
    happened: Counter[str] = field(default_factory=Counter[str])
    troubles: list[str] = field(default_factory=list[str])


class Attendant:
    """`limit`: seconds after which it no longer waits for a run to end; whether it does is seen at the end of all."""

    def __init__(self, reached: Connection, seen: Seen, seed: int, limit: float) -> None:
        self._client, self._fiberwise = reached.client, FiberWise(reached, "ann", "chaos")
        self.seen, self._seed, self._limit = seen, seed, limit
        self._retried: set[str] = set()

    async def attend(self, order: Order) -> None:
        run = await self._insist(lambda: self._start(order))
        self._begun(run, order.form)
        self.seen.chunks[run] = order.asked.request["chunks"] if order.form == "chunks" else 0
        acting = asyncio.create_task(self._act(order, run))
        await self.to_end(run, order)
        acting.cancel()
        if order.after and (next_run := await self._again(order, run)) and next_run not in self.seen.started:
            self._begun(next_run, f"{order.form}, {order.after}")
            await self.to_end(next_run, order)

    def _begun(self, run: str, form: str) -> None:
        self.seen.started[run] = form
        self.seen.open.add(run)

    async def _start(self, order: Order) -> str:
        asked = order.asked
        deadline = timedelta(seconds=asked.deadline) if asked.deadline else None
        how: How = {**asked.how, "deadline": deadline, "key": f"{self._seed}-{order.number}"}
        started = await self._fiberwise.start(asked.pipeline, asked.request, **how)
        return started.handle.id

    async def to_end(self, run: str, order: Order | None = None) -> bool:
        """Whether it has ended within the limit."""
        until = time.monotonic() + self._limit
        for look in count(1):
            if time.monotonic() > until:
                break
            found = await self._insist(lambda: self._described(run))
            if found.status != WorkflowExecutionStatus.RUNNING:
                self.seen.open.discard(run)
                self.seen.ended += 1
                return True
            await self._help(found, order)
            if look % CLOSER == 0:
                await self._look_closer(run)
            await asyncio.sleep(LOOK)
        self.seen.happened["waited for past the limit"] += 1
        return False

    async def _described(self, run: str) -> WorkflowExecutionDescription:
        return await self._client.get_workflow_handle(run).describe()

    async def _look_closer(self, run: str) -> None:
        """A `resume` that got no answer may have reached the run, and not its attempts, nor what it waits for."""
        seen = await self._try("look closer", partial(self._fiberwise.view, run))
        if seen and seen.phase == "paused":
            await self._try("resume once more", partial(self._fiberwise.resume, run))

    async def _help(self, found: WorkflowExecutionDescription, order: Order | None) -> None:
        phase, answer = found.typed_search_attributes.get(PHASE), order.answer if order else "yes"
        late = datetime.now(UTC) + timedelta(seconds=PATIENCE)
        if phase == "paused":
            await self._try("resume", lambda: self._fiberwise.resume(found.id))
        elif phase == "waiting_approval" and answer == "no":
            await self._try("reject", lambda: self._fiberwise.reject(found.id))
        elif phase == "waiting_approval":
            await self._try("approve", lambda: self._fiberwise.approve(found.id))
        elif phase == "needs_repair":
            await self._repair(found.id, answer)
        elif any(
            state_of(one) == "backing_off" and moment(one.next_attempt_schedule_time) > late
            for one in activities(found)
        ):
            await self._try("retry now", lambda: self._fiberwise.retry_now(found.id))
        elif found.raw_description.pending_children:
            await self._help_children(found, order)

    async def _repair(self, run: str, answer: Answer) -> None:
        """Once more first, where that is the answer; then, since it may never succeed, whatever else it may be."""
        wishes: list[Action] = ["skip", "fall_back"] if answer == "mend" else ["fall_back", "skip"]
        if answer == "yes" and run not in self._retried:
            self._retried.add(run)
            wishes = ["retry"]
        for action in wishes:
            if await self._try(f"repair: {action}", partial(self._fiberwise.repair, run, action)):
                return
        if run.startswith("paying/"):  # it may be neither skipped nor done by another
            mended = {"first": "pay"}
            await self._try("repair: edit", partial(self._fiberwise.repair, run, "edit", input=mended))

    async def _help_children(self, found: WorkflowExecutionDescription, order: Order | None) -> None:
        for child in found.raw_description.pending_children:
            if child.run_id and child.workflow_type_name in PIPELINES_OF_CHILDREN:
                described = await self._insist(lambda id=child.workflow_id: self._described(id))
                if described.status == WorkflowExecutionStatus.RUNNING:
                    await self._help(described, order)

    async def _act(self, order: Order, run: str) -> None:
        begun = time.monotonic()
        for after, act in order.acts:
            await asyncio.sleep(max(0, begun + after - time.monotonic()))
            does: dict[str, Callable[[], Awaitable[object]]] = {
                "pause": lambda: self._fiberwise.pause(run),
                "pause now": lambda: self._fiberwise.pause(run, now=True),
                "cancel": lambda: self._fiberwise.cancel(run),
                "terminate": lambda: self._fiberwise.terminate(run),
                "start again": lambda: self._same(order, run),
            }
            await self._try(act, does[act])

    async def _same(self, order: Order, run: str) -> None:
        """The same key is the same execution."""
        if (other := await self._start(order)) != run:
            self.seen.troubles.append(f"{run} was started once more, as {other}")

    async def _again(self, order: Order, run: str) -> str:
        again = {
            "retry": self._fiberwise.retry,
            "rerun": self._fiberwise.rerun,
            "redrive": self._fiberwise.redrive,
        }[order.after]

        async def begin() -> str:
            return (await again(run)).handle.id

        return await self._try(order.after, lambda: self._insist(begin)) or ""

    async def _try(self, what: str, does: Callable[[], Awaitable[T]]) -> T | None:
        """None where it makes no sense any more, or nobody answers: a client would see that, and look again."""
        try:
            done = await does()
        except KeyReused as error:
            self.seen.troubles.append(f"{what}: {error}")
        except (BadInput, NotFound):
            self.seen.happened[f"{what}, refused"] += 1
        except CANNOT:
            self.seen.happened[f"{what}, no answer"] += 1
        except PipelineError as error:
            self.seen.happened[f"{what}, {type(error).__name__}"] += 1
        else:
            self.seen.happened[what] += 1
            return done
        return None

    async def _insist(self, does: Callable[[], Awaitable[T]]) -> T:
        """Until there is an answer."""
        while True:
            try:
                return await does()
            except RPCError as error:
                if error.status in SENSELESS:
                    raise
            except CANNOT:
                pass
            await asyncio.sleep(AGAIN)


PIPELINES_OF_CHILDREN = ("plain", "worse", "data-digest")
