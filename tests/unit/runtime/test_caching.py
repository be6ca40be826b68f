"""Which attempts meet the step cache, and how long one that computes holds the others up."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID

import pytest
from pydantic import TypeAdapter
from temporalio.testing import ActivityEnvironment

from fiberwise.contracts.memory import Recall, Recollection, Remembered, State
from fiberwise.contracts.options import RunOptions
from fiberwise.contracts.payload import Payload
from fiberwise.contracts.step_cache import Answer, Claim
from fiberwise.runtime import caching, recalling
from fiberwise.runtime.caching import CachedStep, CachedTry, Caching

EXECUTION = str(UUID(int=7))
INFO = replace(
    ActivityEnvironment.default_info(),
    activity_id="extract#1.1",
    activity_type="Agent.extract",
    workflow_type="study",
    workflow_id=f"study/{EXECUTION}",
)


class Profile(Payload):
    rows: int


class Question(Payload):
    """Its answer hangs on what is remembered of the source `s`."""

    recalls: ClassVar[Recall] = Recall("Agent", "s", "decision")


@dataclass
class Store:
    """Gives these answers one after the other, and remembers what it was told."""

    answers: list[Answer]
    kept: list[bytes] = field(default_factory=list[bytes])
    claims: list[Claim] = field(default_factory=list[Claim])
    renewed: int = 0
    released: int = 0

    def owns(self, uri: str) -> bool:
        return True

    async def look_up(self, claim: Claim, damaged: bool = False) -> Answer:
        self.claims.append(claim)
        return self.answers.pop(0)

    async def verify(self, places: Iterable[str]) -> None: ...

    async def keep(self, claim: Claim, value: bytes) -> None:
        self.kept.append(value)

    def renew(self, claim: Claim) -> None:
        self.renewed += 1

    def release(self, claim: Claim) -> None:
        self.released += 1


def attempt(store: Store, **info: str) -> CachedTry | None:
    step = CachedStep("Agent.extract", 1, timedelta(hours=1), TypeAdapter(Profile))
    return Caching(store, {("study", "extract"): step}).of(replace(INFO, **info), RunOptions())


def first_attempt(store: Store) -> CachedTry:
    found = attempt(store)
    assert found
    return found


async def body() -> Profile:
    return Profile(rows=3)


@pytest.mark.parametrize(
    "info",
    [
        {"activity_id": "analyze#1.1"},
        {"workflow_type": "another"},
        {"activity_id": "extract#1.instead", "activity_type": "simpler"},
    ],
)
def test_only_the_activity_of_a_step_that_declares_it_meets_the_cache(info: dict[str, str]):
    assert attempt(Store([]), **info) is None


async def test_an_attempt_asks_as_its_execution():
    store = Store([Answer("hit", "hit", '{"rows": 1}')])
    assert await first_attempt(store).result(Payload(), body) == Profile(rows=1)
    assert store.claims[0].execution_id == EXECUTION


async def test_one_that_waits_looks_again_until_there_is_something():
    store = Store([Answer("busy"), Answer("busy"), Answer("hit", "hit", '{"rows": 1}')])
    assert await first_attempt(store).result(Payload(), body) == Profile(rows=1)
    assert store.kept == []


async def test_one_that_is_cancelled_while_it_waits_says_that_it_waited():
    waiting = first_attempt(Store([Answer("busy")] * 9))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(waiting.result(Payload(), body), 0.1)
    assert waiting.told == "waits for the run that computes it"


async def test_one_that_computes_renews_its_lease_keeps_the_result_and_lets_go(
    monkeypatch: pytest.MonkeyPatch,
):
    async def slow() -> Profile:
        await asyncio.sleep(0.1)
        return Profile(rows=3)

    monkeypatch.setattr(caching, "RENEW_SECONDS", 0.02)
    store = Store([Answer("miss", "miss")])
    await first_attempt(store).result(Payload(), slow)
    renewed = store.renewed
    await asyncio.sleep(0.05)
    assert 1 <= renewed == store.renewed
    assert (store.kept, store.released) == ([b'{"rows":3}'], 1)


async def test_one_whose_body_fails_keeps_nothing_and_lets_go():
    async def failing() -> Profile:
        raise ValueError("no")

    store = Store([Answer("miss", "miss")])
    with pytest.raises(ValueError, match="no"):
        await first_attempt(store).result(Payload(), failing)
    assert (store.kept, store.released) == ([], 1)


async def test_a_value_of_another_shape_is_not_taken():
    store = Store([Answer("hit", "hit", '{"columns": 1}'), Answer("miss", "miss, damaged")])
    found = first_attempt(store)
    assert await found.result(Payload(), body) == Profile(rows=3)
    assert (found.told, found.hit) == ("miss, damaged", False)


@dataclass
class Agents:
    """Remembers something else each time that it is asked."""

    asked: int = 0

    async def recall(self, source: str) -> Recollection:
        self.asked += 1
        made = Remembered(at=datetime(2026, 1, self.asked, tzinfo=UTC), by=source, value={})
        return Recollection(states={"Agent": State().with_part("decision", made)})


async def test_the_memory_that_a_body_is_told_is_the_one_in_its_key():
    store, agents, told = Store([Answer("miss", "miss")] * 2), Agents(), list[str]()

    async def recalling_body() -> Profile:
        newest = (await recalling.recall("s")).of("Agent").newest("decision")
        told.append(newest.version if newest else "")
        return Profile(rows=3)

    for _ in range(2):
        recalling.begin(agents)
        await first_attempt(store).result(Question(), recalling_body)
    assert [claim.key.parts["memory"] for claim in store.claims] == told
    assert (agents.asked, len(set(told))) == (2, 2)


async def test_a_key_hangs_on_no_memory_that_its_input_does_not_name_or_that_is_not_there():
    store = Store([Answer("miss", "miss")] * 2)
    recalling.begin(Agents())
    await first_attempt(store).result(Payload(), body)
    recalling.begin(None)
    await first_attempt(store).result(Question(), body)
    assert [claim.key.parts["memory"] for claim in store.claims] == ["", ""]
