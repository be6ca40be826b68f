"""A state machine that lets people, clocks and workers come to one run in any order, and at once."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Literal, cast, get_args

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from fiberwise.contracts.controls import Control, Noted
from fiberwise.contracts.execution import Progress
from fiberwise.pipeline.results import Result, result_of
from starter.attempts import Attempts
from tests.workflows.moves import Answer, Ask, Move, Skip, is_paused, moves, scripts, sensible
from tests.workflows.raced import DAYS, Race
from tests.workflows.running import begin
from tests.workflows.stage import Stage
from tests.workflows.standing import check

Mercy = Literal["cancel", "answer", "silence"]
requests = st.builds(Race, first=scripts, left=scripts, right=scripts, last=scripts, spare=scripts)
deadlines = st.sampled_from([None, None, 0.4, DAYS.total_seconds()])
LOST = timedelta(seconds=2)  # a worker that leaves may take a workflow task with it
# It has ended; or the workflow task that was to answer failed, since a cancel came before the run could end with it.
UNASKED = (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION)
OPEN_AT_MOST = 5  # the server takes ten updates of a run that are not answered yet


class Races(RuleBasedStateMachine):
    """One run, until it ends: by itself, or by what `mercy` does when nothing more comes."""

    handle: WorkflowHandle[Any, Result]
    looked: Progress | None = None

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.asked: list[tuple[Ask, asyncio.Task[Noted | str]]] = []
        self.cancels: list[asyncio.Task[None]] = []
        self.skips: list[asyncio.Task[None]] = []
        self.open = 0
        self.cancelled_in_time = False

    @initialize(
        request=requests, deadline=deadlines, served=st.booleans(), mercy=st.sampled_from(get_args(Mercy))
    )
    def it_begins(self, request: Race, deadline: float | None, served: bool, mercy: Mercy) -> None:
        self.deadline, self.mercy = deadline, mercy
        self.stage.do(self._begin(request, served))

    @precondition(lambda self: self.stage.served)
    @rule()
    def it_comes_to_rest(self) -> None:
        self.stage.do(self._rested())

    @precondition(lambda self: self.open < OPEN_AT_MOST)
    @rule(coming=st.lists(moves, min_size=1, max_size=3))
    def they_come_at_once(self, coming: list[Move]) -> None:
        self.stage.do(self._meet(coming))

    @precondition(lambda self: self.asked and self.open < OPEN_AT_MOST)
    @rule(which=st.integers(0, 9))
    def one_is_asked_again(self, which: int) -> None:
        self.stage.do(self._meet([self.asked[which % len(self.asked)][0]]))

    @precondition(lambda self: self.stage.served)
    @rule()
    def the_worker_leaves(self) -> None:
        self.stage.do(self.stage.leave())

    @precondition(lambda self: not self.stage.served)
    @rule()
    def a_worker_comes(self) -> None:
        self.stage.do(self.stage.serve())
        self.open = 0

    def teardown(self) -> None:
        if hasattr(self, "mercy"):
            self.stage.do(self._end())

    async def _begin(self, request: Race, served: bool) -> None:
        await (self.stage.serve() if served else self.stage.leave())
        with self.stage.env.with_time_skipping_disabled():
            client, settings = self.stage.env.client, self.stage.settings
            self.handle = await begin(
                client, settings, "raced", request, task_timeout=LOST, deadline_seconds=self.deadline
            )

    async def _rested(self) -> None:
        """Returns once the run has ended or waits for a person."""
        while (await self._look()).phase == "running":  # noqa: ASYNC110 - only a query tells
            await asyncio.sleep(0.02)

    async def _look(self) -> Progress:
        self.looked = await self.handle.query("progress", result_type=Progress)
        return self.looked

    async def _meet(self, coming: Sequence[Move]) -> None:
        """All are under way before the first is answered; where a worker is there, each is answered soon."""
        for move in coming:
            self._let_come(move)
        if self.stage.served and self.asked:
            await asyncio.wait_for(asyncio.wait([task for _, task in self.asked]), 10)
        await asyncio.gather(*self.cancels)
        await asyncio.sleep(0.05)  # what waits for a worker reaches the server

    def _let_come(self, move: Move) -> None:
        if isinstance(move, Answer):
            asks = sensible(self.looked) if self.looked else [Ask("pause")]
            move = Ask(**{**vars(asks[move.which % len(asks)]), "times": move.times})
        if isinstance(move, Ask):
            ask = move if move.request_id else move.named()
            self.asked += [(ask, asyncio.create_task(self._ask(ask))) for _ in range(ask.times)]
            self.open += 0 if self.stage.served else ask.times
        elif isinstance(move, Skip):
            self.skips.append(asyncio.create_task(self._skip(timedelta(days=move.days))))
        else:
            self.cancels += [asyncio.create_task(self._cancel()) for _ in range(move.times)]

    async def _ask(self, ask: Ask) -> Noted | str:
        answer = await self._answer(ask)
        if (
            ask.kind == "resume"
        ):  # as our client does: the run itself cannot let attempts go on that were held back
            described = await self.handle.describe()
            await Attempts(self.stage.env.client, described, Control(by="ann")).release()
        return answer

    async def _answer(self, ask: Ask) -> Noted | str:
        """How the run took it down, or why it was refused."""
        try:
            return await self.handle.execute_update(ask.kind, ask.sent, result_type=Noted)
        except WorkflowUpdateFailedError as error:
            return cast(ApplicationError, error.cause).message
        except RPCError as error:
            if error.status not in UNASKED:
                raise
            return error.message

    async def _cancel(self) -> None:
        self.cancelled_in_time |= not (self.looked and self.looked.outcome)
        with suppress(RPCError):  # it has ended
            await self.handle.cancel()

    async def _skip(self, time: timedelta) -> None:
        with suppress(RPCError, RuntimeError):  # it has ended; another skip took over
            await self.stage.env.fast_forward(self.handle, time)

    async def _end(self) -> None:
        await self.stage.serve()
        mercy = asyncio.create_task(self._have_mercy())
        result = await result_of(self.handle)
        await mercy
        answers = [await task for _, task in self.asked]
        await asyncio.gather(*self.skips)
        assert not self.looked or self.looked.outcome in (None, result.outcome)
        limits = {"deadline": self.deadline is not None, "cancelled_in_time": self.cancelled_in_time}
        await check(self.stage, self.handle, result, answers, **limits)

    async def _have_mercy(self) -> None:
        if self.mercy == "cancel":
            return await self._cancel()
        while not (looked := await self._look()).outcome:
            if is_paused(looked):
                await self._meet([Ask("resume")])
            elif self.mercy == "answer":
                await self._meet(sensible(looked)[:-1])
            else:
                await self._skip(timedelta(days=9))
        return None
