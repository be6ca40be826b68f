"""Which attempts meet the step cache, and how long one that computes holds the others up."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import pytest
from pydantic import TypeAdapter
from temporalio.testing import ActivityEnvironment

from fiberwise.contracts.options import RunOptions
from fiberwise.contracts.payload import Payload
from fiberwise.contracts.step_cache import Answer, Claim
from fiberwise.runtime import caching
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
