from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import polars as pl
import pytest
from sqlalchemy import Engine

from fiberwise.contracts.attempt import Metrics
from fiberwise.contracts.execution import Entry
from fiberwise.contracts.record import ExecutionFilter, FinalRecord, RunningRecord
from fiberwise.store.engine import writing
from fiberwise.store.queries import (
    executions,
    find_execution,
    get_execution,
    has_ended,
    matching,
    recorded_end,
    stale,
    success_rate,
)
from fiberwise.store.records import write_final, write_running
from fiberwise.store.stats import stats

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def name(n: int) -> str:
    return str(UUID(int=n << 96))


def ended(n: int, outcome: str = "full", pipeline: str = "p", **fields: object) -> FinalRecord:
    record = {
        "execution_id": name(n),
        "pipeline": pipeline,
        "status": "failed" if outcome in ("failed", "cancelled") else "completed",
        "outcome": outcome,
        "started_at": START + timedelta(minutes=n),
        "completed_at": START + timedelta(minutes=n, milliseconds=100 * n),
    }
    return FinalRecord.model_validate(record | fields)


def entry(step: str, status: str, attempt: int = 1, wall: float | None = None, **figures: object) -> Entry:
    fields = {"seq": 1, "step": step, "activity": step, "attempt": attempt, "status": status}
    return Entry.model_validate({**fields, "duration_ms": wall, "metrics": Metrics.model_validate(figures)})


def keep(engine: Engine, *records: RunningRecord | FinalRecord) -> None:
    with writing(engine) as connection:
        write_running(connection, [record for record in records if isinstance(record, RunningRecord)])
        write_final(connection, [record for record in records if isinstance(record, FinalRecord)])


@pytest.fixture
def kept(engine: Engine) -> Iterator[Engine]:
    begun = RunningRecord(
        execution_id=name(5), pipeline="p", workflow_id="p/5", started_at=START + timedelta(minutes=5)
    )
    keep(
        engine,
        ended(1, input_hash="h", key="k", created_by="ann"),
        ended(2, "failed", reasons=["extract failed"]),
        ended(3, "cancelled", created_by="ann"),
        ended(4, pipeline="other", input_hash="h", key="k"),
        begun,
    )
    return engine


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ExecutionFilter(), [5, 4, 3, 2, 1]),
        (ExecutionFilter(limit=2, offset=1), [4, 3]),
        (ExecutionFilter(pipeline="other"), [4]),
        (ExecutionFilter(status="failed"), [3, 2]),
        (ExecutionFilter(outcome="cancelled"), [3]),
        (ExecutionFilter(user="ann"), [3, 1]),
        (ExecutionFilter(input_hash="h", pipeline="p"), [1]),
        (ExecutionFilter(since=START + timedelta(minutes=2), until=START + timedelta(minutes=4)), [3, 2]),
    ],
)
def test_a_listing_shows_what_fits_newest_first(kept: Engine, wanted: ExecutionFilter, found: list[int]):
    assert [row.execution_id for row in executions(kept, wanted)] == [name(n) for n in found]


def test_an_execution_is_read_back_as_it_was_written(engine: Engine):
    log = [entry("extract", "completed", wall=12.5, cpu_ms=3, rows=4)]
    record = ended(1, "degraded", reasons=["late"], execution_log=log, input_data={"a": 1}, output_data=[1])
    keep(engine, record)
    stored = get_execution(engine, name(1))
    assert stored
    assert stored.duration_ms == 100
    kept = stored.model_dump(include=set(FinalRecord.model_fields))
    assert kept == record.model_dump()


def test_an_execution_that_is_not_there_is_none(engine: Engine):
    assert get_execution(engine, name(1)) is None


def test_how_it_ended_is_told_of_what_ended_alone(kept: Engine):
    ends = [recorded_end(kept, name(n)) for n in (1, 5, 6)]
    stored = get_execution(kept, name(1))
    assert stored
    assert ends == [(stored.outcome, stored.completed_at), None, None]


def test_only_what_ended_has_ended(kept: Engine):
    assert [has_ended(kept, name(n)) for n in (1, 2, 5, 6)] == [True, True, False, False]


@pytest.mark.parametrize(("prefix", "found"), [("00000002", [2]), ("0000000", [1, 2, 3, 4, 5]), ("x", [])])
def test_an_id_may_be_cut_short(kept: Engine, prefix: str, found: list[int]):
    assert [row.execution_id for row in matching(kept, prefix)] == [name(n) for n in found]


def test_a_row_of_one_execution_is_had_without_its_data(kept: Engine):
    found = find_execution(kept, name(1))
    assert found
    assert (found.execution_id, found.key, found.input_hash) == (name(1), "k", "h")
    assert find_execution(kept, name(6)) is None


def test_what_still_runs_after_a_while_is_stale(kept: Engine):
    assert stale(kept, START + timedelta(minutes=5)) == []
    (record,) = stale(kept, START + timedelta(minutes=6))
    assert (record.execution_id, record.workflow_id) == (name(5), "p/5")


def test_the_success_rate_is_of_runs_that_ended(kept: Engine):
    assert success_rate(kept, "p").model_dump() == {"runs": 3, "completed": 1, "rate": 1 / 3}
    early = success_rate(kept, "p", before=START + timedelta(minutes=3), exclude=name(2))
    assert early.model_dump() == {"runs": 1, "completed": 1, "rate": 1.0}
    assert success_rate(kept, "unknown").model_dump() == {"runs": 0, "completed": 0, "rate": None}


def test_statistics_count_runs_by_status_and_outcome(kept: Engine):
    other, p = stats(kept, START, until=START + HOUR)
    assert (other.pipeline, other.runs, p.pipeline) == ("other", 1, "p")
    assert (p.runs, p.running, p.completed, p.failed, p.rate) == (4, 1, 1, 2, 1 / 3)
    assert p.outcomes == {"full": 1, "failed": 1, "cancelled": 1}
    assert p.runs_per_hour == 3
    assert p.rows_per_s is None
    assert p.steps == []


def test_statistics_are_of_the_window_and_pipeline_asked_for(kept: Engine):
    assert [each.pipeline for each in stats(kept, until=START + HOUR, pipeline="other")] == ["other"]
    (early,) = stats(kept, START, until=START + timedelta(minutes=2))
    assert (early.runs, early.completed) == (1, 1)
    assert stats(kept, START + HOUR, until=START + 2 * HOUR) == []


def test_percentiles_of_a_pipeline_are_those_of_linear_interpolation(engine: Engine):
    random = Random(7)
    walls = [round(random.uniform(1, 5000)) for _ in range(57)]
    records = [
        ended(n, completed_at=START + timedelta(minutes=n, milliseconds=wall)) for n, wall in enumerate(walls)
    ]
    keep(engine, *records)
    (figures,) = stats(engine, START, until=START + HOUR)
    assert figures.duration_ms
    assert figures.duration_ms.n == 57
    for percent in (50, 95, 99):
        wanted = pl.Series(walls).quantile(percent / 100, "linear")
        assert getattr(figures.duration_ms, f"p{percent}") == pytest.approx(wanted, rel=1e-12)


def test_statistics_of_a_step_are_of_its_completed_attempts(engine: Engine):
    first = [
        entry("extract", "failed", 1, wall=9000.0, cpu_ms=9000.0),
        entry("extract", "lost", 2),
        entry("extract", "completed", 3, wall=10.0, cpu_ms=4.0, peak_rss_bytes=300, rows=50, rows_per_s=50.0),
        entry("transform", "skipped"),
    ]
    second = [
        entry("extract", "completed", wall=20.0, cpu_ms=8.0, peak_rss_bytes=200, rows=150, rows_per_s=70.0)
    ]
    keep(engine, ended(10, execution_log=first), ended(20, execution_log=second))
    (figures,) = stats(engine, START, until=START + HOUR)
    (step,) = figures.steps
    assert (step.step, step.attempts, step.failures, step.peak_rss_bytes) == ("extract", 4, 2, 300)
    assert step.wall_ms
    assert (step.wall_ms.n, step.wall_ms.p50) == (2, 15.0)
    assert step.cpu_ms
    assert (step.cpu_ms.p50, step.rows_per_s) == (6.0, 60.0)
    assert figures.rows_per_s == pytest.approx(200 / 3.0)


def test_one_run_is_its_own_percentiles(engine: Engine):
    keep(engine, ended(3))
    (figures,) = stats(engine, START, until=START + HOUR)
    assert figures.duration_ms
    assert figures.duration_ms.model_dump() == {"n": 1, "p50": 300.0, "p95": 300.0, "p99": 300.0}
