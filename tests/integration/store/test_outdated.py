"""On both databases: old cache entries and records go once nothing refers to them, and with what they referred to."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, select, update

from fiberwise.contracts.execution import Entry
from fiberwise.contracts.record import ExecutionFilter, FinalRecord, RunningRecord
from fiberwise.contracts.step_cache import CacheKey, Claim
from fiberwise.store import cache
from fiberwise.store.engine import writing
from fiberwise.store.mentions import Mentions
from fiberwise.store.outdated import drop_entries, drop_records, note_kept
from fiberwise.store.queries import executions
from fiberwise.store.records import write_final, write_running
from fiberwise.store.tables import metrics, step_cache, step_cache_uses

NOW = datetime.now(UTC)
BEFORE = NOW - timedelta(days=30)
OLD, YOUNG = BEFORE - timedelta(days=1), BEFORE + timedelta(days=1)
HASH = "0f" * 32
DAY = timedelta(days=1)


def name(n: int) -> str:
    return str(UUID(int=n << 96))


def ended(n: int, at: datetime = OLD, **fields: object) -> FinalRecord:
    told = {"execution_id": name(n), "pipeline": "p", "workflow_id": f"p/{name(n)}", "started_at": at - DAY}
    end = {"status": "completed", "outcome": "full", "completed_at": at}
    return FinalRecord.model_validate({**told, **end, **fields})


def keep(engine: Engine, *records: FinalRecord) -> None:
    with writing(engine) as connection:
        write_final(connection, records)


def left(engine: Engine) -> set[str]:
    return {row.execution_id for row in executions(engine, ExecutionFilter())}


def dropped(engine: Engine, mentions: Mentions, dry_run: bool = False) -> int:
    gone, _ = drop_records(engine, mentions, BEFORE, dry_run)
    return sum(amount.count for amount in gone)


def entry(engine: Engine, step: str, made: datetime, value: str = "{}") -> Claim:
    claim = Claim(CacheKey(step=step, parts={"version": step}), timedelta(days=3650), str(uuid4()), "me")
    cache.keep(engine, claim, value, None, len(value))
    with writing(engine) as connection:
        mine = step_cache.c.key == claim.key.digest
        connection.execute(update(step_cache).where(mine).values(made_at=made))
    return claim


def test_a_record_that_is_old_and_that_nothing_mentions_goes_with_its_figures(engine: Engine):
    done = Entry(seq=1, step="extract", activity="extract", status="completed", attempt=1, duration_ms=5)
    keep(engine, ended(1, execution_log=[done]), ended(2, YOUNG, execution_log=[done]))
    assert dropped(engine, Mentions()) == 1
    assert left(engine) == {name(2)}
    with engine.connect() as connection:
        assert set(connection.execute(select(metrics.c.execution_id)).scalars()) == {UUID(name(2))}


def test_a_dry_run_tells_the_same_and_leaves_all(engine: Engine):
    keep(engine, ended(1), ended(2))
    assert dropped(engine, Mentions(), dry_run=True) == 2
    assert left(engine) == {name(1), name(2)}


def test_one_that_runs_or_has_a_key_stays(engine: Engine):
    begun = {"execution_id": name(1), "pipeline": "p", "started_at": OLD}
    with writing(engine) as connection:
        write_running(connection, [RunningRecord.model_validate(begun)])
    keep(engine, ended(2, key="nightly"))
    assert dropped(engine, Mentions()) == 0
    assert left(engine) == {name(1), name(2)}


def test_one_that_is_mentioned_stays_and_so_does_what_it_mentions(engine: Engine):
    keep(
        engine,
        ended(1, output_data={"sha256": HASH}),
        ended(2, output_data={"retry_of": f"p/{name(1)}"}),
        ended(3),
    )
    mentions = Mentions()
    mentions.note(name(2).encode())
    assert dropped(engine, mentions) == 1
    assert left(engine) == {name(1), name(2)}
    assert HASH in mentions.artifacts


def test_what_a_removed_record_mentions_is_not_mentioned_any_more(engine: Engine):
    keep(engine, ended(1, output_data={"sha256": HASH}))
    mentions = Mentions()
    dropped(engine, mentions)
    assert mentions.artifacts == set()


@pytest.mark.parametrize("dry_run", [True, False])
def test_entries_that_are_old_and_not_taken_lately_go(engine: Engine, dry_run: bool):
    entry(engine, "idle", OLD)
    entry(engine, "young", YOUNG)
    taken = entry(engine, "taken", OLD)
    cache.take(engine, taken._replace(execution_id=str(uuid4())))
    [told] = drop_entries(engine, BEFORE, dry_run)
    with engine.connect() as connection:
        steps = set(connection.execute(select(step_cache.c.step)).scalars())
    assert (told.kind, told.count, told.bytes) == ("idle", 1, 2)
    assert steps == {"young", "taken"} | ({"idle"} if dry_run else set())


def test_an_entry_whose_last_use_was_long_ago_goes(engine: Engine):
    taken = entry(engine, "taken", OLD)
    cache.take(engine, taken._replace(execution_id=str(uuid4())))
    with writing(engine) as connection:
        connection.execute(update(step_cache_uses).values(used_at=OLD))
    assert [told.kind for told in drop_entries(engine, BEFORE, dry_run=False)] == ["taken"]


def test_entries_that_stay_refer_to_their_artifacts_and_to_who_made_them(engine: Engine):
    young = entry(engine, "young", YOUNG, f'{{"sha256":"{HASH}"}}')
    entry(engine, "idle", OLD, f'{{"sha256":"{"ab" * 32}"}}')
    mentions = Mentions()
    note_kept(engine, mentions, BEFORE)
    assert HASH in mentions.artifacts
    assert "ab" * 32 not in mentions.artifacts
    assert young.execution_id in mentions.executions
