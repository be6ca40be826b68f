from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.dialects import sqlite

from fiberwise.contracts.attempt import Metrics
from fiberwise.contracts.execution import Entry
from fiberwise.contracts.record import FinalRecord
from fiberwise.store.rows import final_row, metric_rows
from fiberwise.store.tables import UtcDateTime

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def entry(**fields: object) -> Entry:
    known = {"seq": 1, "step": "extract", "activity": "extract", "attempt": 1, "status": "completed"}
    return Entry.model_validate(known | fields)


def record(*log: Entry) -> FinalRecord:
    return FinalRecord(
        execution_id="3f0c9a52-6a43-4b7e-9d55-0f6a1f6f7c11",
        pipeline="p",
        status="completed",
        outcome="full",
        execution_log=list(log),
        started_at=START,
        completed_at=START + timedelta(seconds=1.5),
    )


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 3, 1), sqlite.dialect())


def test_a_row_says_how_long_a_run_took_and_the_most_rows_that_a_step_saw():
    row = final_row(record(entry(metrics=Metrics(rows=3)), entry(metrics=Metrics(rows=9)), entry()))
    assert (row["duration_ms"], row["rows"]) == (1500.0, 9)


def test_attempts_are_counted_by_step_and_what_was_no_attempt_is_not():
    statuses = ("failed", "lost", "completed", "skipped", "cached", "substituted")
    row = final_row(record(*[entry(status=status) for status in statuses], entry(step="transform")))
    assert row["step_attempts"] == {"extract": [3, 2], "transform": [1, 0]}


def test_a_figure_that_was_not_measured_gives_no_metric():
    assert list(metric_rows(record(entry()))) == []
    (row,) = metric_rows(record(entry(duration_ms=0.0)))
    assert (row["metric_name"], row["metric_value"], row["recorded_at"]) == (
        "wall_ms",
        0.0,
        START + timedelta(seconds=1.5),
    )


def test_attempts_without_figures_of_their_own_give_no_metrics():
    log = [entry(status=status, duration_ms=1.0) for status in ("lost", "skipped", "cached", "substituted")]
    assert list(metric_rows(record(*log))) == []


def test_the_id_of_a_metric_follows_from_what_it_measures():
    def ids(*log: Entry) -> set[UUID]:
        return {row["metric_id"] for row in metric_rows(record(*log))}

    one = entry(duration_ms=1.0)
    assert ids(one) == ids(entry(duration_ms=2.0))
    others = [
        entry(duration_ms=1.0, attempt=2),
        entry(duration_ms=1.0, call=2),
        entry(duration_ms=1.0, step="x"),
    ]
    assert len(ids(one, *others)) == 4
