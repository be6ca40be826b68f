"""The step cache on both databases: who takes, who computes, who waits, and what is said of it."""

import asyncio
import errno
import sqlite3
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select

from fiberwise.contracts.errors import ArtifactMissing, ServiceUnavailable
from fiberwise.contracts.step_cache import Answer, CacheKey, Claim
from fiberwise.store import cache, cache_queries
from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.cache import Kept
from fiberwise.store.engine import open_store
from fiberwise.store.recorder import ASK_SECONDS, Recorder
from fiberwise.store.step_cache import StepCache
from fiberwise.store.tables import step_cache_leases
from tests.integration.store.ticking import longest_tick

PARTS = {"version": "1", "memory": "", "dataset": "ab12", "tokens": "cd34"}
HOUR = timedelta(hours=1)
COMPUTE = Kept(Answer("miss", "miss, nothing kept yet"))
WAIT = Kept(Answer("busy"))


def claim(step: str = "extract", ttl: timedelta = HOUR, **parts: str) -> Claim:
    """One more attempt, of another execution each time."""
    return Claim(CacheKey(step=step, parts=PARTS | parts), ttl, str(uuid4()), owner=uuid4().hex)


def keep(engine: Engine, asked: Claim, value: str = "{}") -> None:
    cache.keep(engine, asked, value, None, len(value))


def hit(made_by: Claim, value: str = "{}") -> Kept:
    return Kept(Answer("hit", f"hit, from execution {made_by.execution_id}", value))


@pytest.fixture
def quick_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LEASE", timedelta(seconds=0.3))


def test_the_first_computes_and_others_wait_until_it_is_kept(engine: Engine):
    first, second = claim(), claim()
    assert cache.take(engine, first) == COMPUTE
    assert cache.take(engine, second) == WAIT
    keep(engine, first, '{"rows": 3}')
    assert cache.take(engine, second) == hit(first, '{"rows": 3}')


def test_of_many_at_once_one_computes(engine: Engine):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda one: cache.take(engine, one), [claim() for _ in range(24)]))
    assert (found.count(COMPUTE), found.count(WAIT)) == (1, 23)


def test_one_that_lets_go_leaves_it_to_the_next(engine: Engine):
    first = claim()
    cache.take(engine, first)
    cache.release(engine, first)
    assert cache.take(engine, claim()) == COMPUTE


@pytest.mark.usefixtures("quick_leases")
def test_one_that_falls_silent_is_replaced_when_its_lease_runs_out(engine: Engine):
    cache.take(engine, claim())
    time.sleep(0.4)
    assert cache.take(engine, claim()) == COMPUTE


@pytest.mark.usefixtures("quick_leases")
def test_one_that_renews_its_lease_stays(engine: Engine):
    first = claim()
    cache.take(engine, first)
    for _ in range(3):
        time.sleep(0.2)
        cache.renew(engine, first)
    assert cache.take(engine, claim()) == WAIT


def test_nobody_lets_go_of_what_another_holds(engine: Engine):
    cache.take(engine, claim())
    cache.release(engine, claim())
    assert cache.take(engine, claim()) == WAIT


@pytest.mark.parametrize(
    ("parts", "part"),
    [
        ({"tokens": "ef56"}, "tokens"),
        ({"dataset": "ef56", "tokens": "ef56"}, "dataset"),
        ({"version": "2", "dataset": "ef56"}, "version"),
        ({"memory": "7"}, "memory"),
        ({"added": "ef56"}, "added"),
    ],
)
def test_a_miss_names_the_first_part_that_differs_from_the_newest_result(
    engine: Engine, parts: dict[str, str], part: str
):
    keep(engine, claim(dataset="older"))
    keep(engine, claim())
    assert cache.take(engine, claim(**parts)).answer.told == f"miss, because {part} changed"


def test_a_result_of_another_step_explains_nothing(engine: Engine):
    keep(engine, claim(step="transform"))
    assert cache.take(engine, claim()) == COMPUTE


def test_a_result_is_good_for_as_long_as_the_one_who_asks_declares(engine: Engine):
    made = claim(ttl=HOUR)
    keep(engine, made)
    assert cache.take(engine, claim(ttl=timedelta(0))).answer == Answer("miss", "miss, expired")
    assert cache.take(engine, claim(ttl=HOUR)) == hit(made)


def test_an_expired_result_is_told_as_such_though_another_was_kept_since(engine: Engine):
    keep(engine, claim())
    keep(engine, claim(dataset="newer"))
    assert cache.take(engine, claim(ttl=timedelta(0))).answer.told == "miss, expired"


def test_what_has_been_expired_for_a_month_is_forgotten(engine: Engine):
    keep(engine, claim(ttl=-timedelta(days=31)))
    keep(engine, claim(dataset="newer"))
    assert [entry.parts["dataset"] for entry in cache_queries.kept(engine)] == ["newer"]


def test_a_result_kept_again_is_the_newer_one(engine: Engine):
    older, newer = claim(), claim()
    keep(engine, older, "1")
    keep(engine, newer, "2")
    assert cache.take(engine, claim()) == hit(newer, "2")


def test_who_took_a_result_is_on_record(engine: Engine):
    keep(engine, claim())
    one, other = claim(), claim()
    for asked in (one, other, one):
        cache.take(engine, asked)
    uses = cache_queries.users(engine, one.key.digest)
    assert {use.execution_id: use.times for use in uses} == {one.execution_id: 2, other.execution_id: 1}
    assert [entry.uses for entry in cache_queries.kept(engine)] == [2]


def test_who_took_an_earlier_result_did_not_take_the_one_that_replaced_it(engine: Engine):
    keep(engine, claim())
    cache.take(engine, claim())
    keep(engine, claim(), "2")
    assert cache_queries.users(engine, claim().key.digest) == []


def test_the_lease_of_a_worker_that_died_does_not_stay_for_ever(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    cache.take(engine, claim(dataset="alive"))
    monkeypatch.setattr(cache, "LEASE", -2 * cache.DEAD)
    cache.take(engine, claim(dataset="dead"))
    keep(engine, claim())
    with engine.connect() as connection:
        held = connection.scalars(select(step_cache_leases.c.key)).all()
    assert held == [claim(dataset="alive").key.digest]


def test_results_are_listed_newest_first_and_by_step(engine: Engine):
    for asked in (claim(), claim(dataset="newer"), claim(step="transform")):
        keep(engine, asked)
    found = cache_queries.kept(engine, ["extract"])
    assert [entry.parts["dataset"] for entry in found] == ["newer", "ab12"]
    assert found[0].expires_at - found[0].made_at == HOUR


def test_a_result_is_found_by_the_beginning_of_its_key(engine: Engine):
    one = claim()
    keep(engine, one)
    assert [entry.key for entry in cache_queries.beginning_with(engine, one.key.digest[:8])] == [
        one.key.digest
    ]
    assert cache_queries.beginning_with(engine, "%") == []


def test_clearing_takes_what_fits_every_condition(engine: Engine):
    one, other = claim(), claim(step="transform")
    for asked in (one, other):
        keep(engine, asked)
        cache.take(engine, asked)
    assert cache_queries.clear(engine, made_before=datetime.now(UTC) - HOUR) == 0
    assert cache_queries.clear(engine, ["transform"], one.key.digest) == 0
    assert cache_queries.clear(engine, key=one.key.digest) == 1
    assert cache_queries.clear(engine) == 1
    assert cache_queries.users(engine, other.key.digest) == []


@pytest.fixture
async def step_cache(url: str, tmp_path: Path) -> AsyncIterator[StepCache]:
    recorder = Recorder(url, str(tmp_path / "artifacts"))
    yield StepCache(recorder, ArtifactStore(str(tmp_path / "artifacts")))
    await recorder.close()


async def test_a_large_result_is_an_artifact_and_comes_back_whole(step_cache: StepCache, engine: Engine):
    large = b'"' + b"x" * 100_000 + b'"'
    await step_cache.keep(claim(), large)
    answer = await step_cache.look_up(claim())
    assert (answer.state, answer.value.encode()) == ("hit", large)
    [entry] = cache_queries.kept(engine)
    assert entry.bytes == len(large)


async def test_a_large_result_that_was_removed_is_to_be_computed(step_cache: StepCache, tmp_path: Path):
    await step_cache.keep(claim(), b'"' + b"x" * 100_000 + b'"')
    for file in (tmp_path / "artifacts").rglob("*.json"):
        file.unlink()
    assert (await step_cache.look_up(claim())).told == "miss, because what was kept is damaged or gone"
    assert (await step_cache.look_up(claim())).state == "busy"


async def test_an_artifact_of_another_store_is_missing(step_cache: StepCache, tmp_path: Path):
    elsewhere = ArtifactStore(str(tmp_path / "elsewhere")).put_bytes(b"rows", "parquet")
    with pytest.raises(ArtifactMissing):
        await step_cache.verify([elsewhere.uri])


async def test_a_place_that_is_no_artifact_is_not_looked_at(step_cache: StepCache):
    await step_cache.verify(["s3://theirs/sales.csv"])


async def test_a_full_disk_is_told_and_not_raised_as_a_bug(
    step_cache: StepCache, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ArtifactStore, "put_bytes", full)
    with pytest.raises(ServiceUnavailable, match="No space left on device"):
        await step_cache.keep(claim(), b" " * 100_000)


async def test_a_locked_database_is_told_in_time_and_never_holds_the_event_loop(tmp_path: Path):
    path = tmp_path / "records.sqlite"
    open_store(f"sqlite:///{path}").dispose()
    recorder = Recorder(f"sqlite:///{path}", str(tmp_path / "artifacts"))
    locked = StepCache(recorder, ArtifactStore(str(tmp_path / "artifacts")))
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("begin immediate")
        began, ticking = time.monotonic(), asyncio.create_task(longest_tick(1))
        with pytest.raises(ServiceUnavailable, match="does not answer"):
            await locked.look_up(claim())
    assert time.monotonic() - began < ASK_SECONDS + 1
    assert await ticking < 1
    await recorder.close()
