import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select

from fiberwise.contracts.attempt import Metrics
from fiberwise.contracts.execution import Entry
from fiberwise.contracts.record import FinalRecord, RunningRecord
from fiberwise.store.engine import open_store, writing
from fiberwise.store.records import write_final, write_running
from fiberwise.store.tables import executions, metrics

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
EXECUTION = "3f0c9a52-6a43-4b7e-9d55-0f6a1f6f7c11"


def running(execution_id: str = EXECUTION) -> RunningRecord:
    start = {"execution_id": execution_id, "pipeline": "p", "started_at": START}
    return RunningRecord.model_validate(start | {"input_data": {"rows": 3}})


def final(
    seconds: int = 2, run_id: str = "a", execution_id: str = EXECUTION, attempts: int = 1
) -> FinalRecord:
    return FinalRecord(
        execution_id=execution_id,
        pipeline="p",
        run_id=run_id,
        status="completed",
        outcome="full",
        input_data={"rows": 3},
        output_data={"ended": seconds},
        execution_log=[entry(seconds, attempt) for attempt in range(1, attempts + 1)],
        started_at=START,
        completed_at=START + timedelta(seconds=seconds),
    )


def entry(seconds: int, attempt: int) -> Entry:
    figures = Metrics(cpu_ms=5.5, peak_rss_bytes=2**33, rows=7, rows_per_s=3.5)
    return Entry(
        seq=attempt,
        step="extract",
        activity="extract",
        attempt=attempt,
        status="completed",
        completed_at=START + timedelta(seconds=seconds),
        duration_ms=seconds * 1000,
        metrics=figures,
    )


def write(engine: Engine, *records: RunningRecord | FinalRecord) -> None:
    for record in records:
        with writing(engine) as connection:
            if isinstance(record, RunningRecord):
                write_running(connection, [record])
            else:
                write_final(connection, [record])


def snapshot(engine: Engine) -> str:
    with engine.connect() as connection:
        tables = [connection.execute(select(table)).mappings().all() for table in (executions, metrics)]
    return json.dumps([sorted(str(dict(row)) for row in rows) for rows in tables])


def test_a_row_holds_what_was_recorded_in_the_columns_of_the_specification(engine: Engine):
    write(engine, final())
    with engine.connect() as connection:
        row = connection.execute(select(executions)).mappings().one()
        figures = connection.execute(select(metrics).order_by(metrics.c.metric_name)).mappings().all()
    assert row["execution_id"] == UUID(EXECUTION)
    assert (row["pipeline_type"], row["status"], row["outcome"]) == ("p", "completed", "full")
    assert (row["input_data"], row["output_data"]) == ({"rows": 3}, {"ended": 2})
    assert (row["started_at"], row["completed_at"]) == (START, START + timedelta(seconds=2))
    assert row["started_at"].utcoffset() == timedelta(0)
    assert [line["step"] for line in row["execution_log"]] == ["extract"]
    assert [(f["metric_name"], f["metric_type"], f["metric_value"], f["unit"]) for f in figures] == [
        ("cpu_ms", "resource", 5.5, "ms"),
        ("peak_rss_bytes", "resource", 2.0**33, "bytes"),
        ("rows_per_s", "throughput", 3.5, "rows/s"),
        ("wall_ms", "timing", 2000.0, "ms"),
    ]
    assert {(f["execution_id"], f["step_name"], f["recorded_at"]) for f in figures} == {
        (UUID(EXECUTION), "extract", START + timedelta(seconds=2))
    }


def test_text_that_a_database_might_not_like_is_kept(engine: Engine):
    odd = {"nul": "a\x00b", "quote": "'\"\\", "wide": "naïve 😀"}
    write(engine, final().model_copy(update={"output_data": {**odd, "infinite": float("inf")}}))
    with engine.connect() as connection:
        assert connection.scalar(select(executions.c.output_data)) == {**odd, "infinite": None}


def test_an_instant_of_another_zone_is_kept_in_utc(engine: Engine):
    there = RunningRecord.model_validate(
        {"execution_id": EXECUTION, "pipeline": "p", "started_at": "2026-03-01T14:00:00+02:00"}
    )
    write(engine, there)
    with engine.connect() as connection:
        assert connection.scalar(select(executions.c.started_at)) == START


def test_a_final_row_is_never_overwritten_by_a_running_one(engine: Engine):
    write(engine, final())
    before = snapshot(engine)
    write(engine, running())
    assert snapshot(engine) == before


def test_the_final_record_that_ended_later_stands_with_its_metrics_only(engine: Engine):
    write(engine, final(seconds=2, run_id="z", attempts=3), final(seconds=3, run_id="b"))
    with engine.connect() as connection:
        assert connection.scalar(select(executions.c.run_id)) == "b"
        assert connection.scalars(select(metrics.c.attempt).distinct()).all() == [1]


def test_one_write_may_hold_an_execution_more_than_once(engine: Engine):
    with writing(engine) as connection:
        write_running(connection, [running(), running()])
        write_final(connection, [final(seconds=4), final(seconds=9), final(seconds=6)])
    with engine.connect() as connection:
        assert connection.scalars(select(executions.c.output_data)).all() == [{"ended": 9}]


def test_a_write_that_is_cut_short_leaves_nothing_and_is_repeated_whole(engine: Engine):
    with _killed(engine) as connection:
        write_final(connection, [final()])
    assert snapshot(engine) == json.dumps([[], []])
    write(engine, final())
    once = snapshot(engine)
    write(engine, final())
    assert snapshot(engine) == once


@contextmanager
def _killed(engine: Engine) -> Iterator:
    with suppress(InterruptedError), writing(engine) as connection:
        yield connection
        raise InterruptedError


CLEARED = HealthCheck.function_scoped_fixture  # each example empties the tables itself

# Of one run there is one final record, so that (completed_at, run_id) tells any two apart.
RECORDS = [running(), final(2, "a"), final(2, "b", attempts=2), final(3, "a"), final(1, "c", attempts=3)]


@settings(max_examples=25, deadline=None, suppress_health_check=[CLEARED])
@given(st.data())
def test_any_order_and_repetition_of_the_same_writes_ends_in_the_same_rows(
    engine: Engine, data: st.DataObject
):
    known = data.draw(st.lists(st.sampled_from(RECORDS), min_size=1, max_size=5, unique_by=id))
    shuffled = data.draw(st.permutations(known * 2))
    ended = []
    for order in (known, shuffled):
        with writing(engine) as connection:
            connection.execute(delete(metrics))
            connection.execute(delete(executions))
        write(engine, *order)
        ended.append(snapshot(engine))
    assert ended[0] == ended[1]


def _write_many(url: str, ids: list[str]) -> None:
    engine = open_store(url)
    for execution_id in ids:
        write(engine, running(execution_id))
    for at in range(0, len(ids), 5):
        with writing(engine) as connection:
            write_final(connection, [final(execution_id=execution_id) for execution_id in ids[at : at + 5]])
    engine.dispose()


def test_two_processes_write_the_same_executions_at_once(engine: Engine, url: str):
    ids = [str(uuid4()) for _ in range(40)]
    spawn = get_context("spawn")
    orders = (ids, ids[::-1])
    writers = [spawn.Process(target=_write_many, args=(url, order)) for order in orders]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    with engine.connect() as connection:
        assert set(connection.scalars(select(executions.c.status))) == {"completed"}
        assert len(connection.scalars(select(executions.c.execution_id)).all()) == 40
        assert len(connection.scalars(select(metrics.c.metric_id)).all()) == 40 * 4


def test_deleting_an_execution_deletes_its_metrics(engine: Engine):
    write(engine, final())
    with writing(engine) as connection:
        connection.execute(delete(executions))
    assert snapshot(engine) == json.dumps([[], []])


def test_a_database_url_may_be_a_path_with_odd_characters(tmp_path: Path):
    engine = open_store(f"sqlite:///{tmp_path / 'a %folder' / 'records.sqlite'}")
    write(engine, final())
    assert EXECUTION in snapshot(engine)
    engine.dispose()
