import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.contracts.record import ExecutionFilter, FinalRecord, RunningRecord
from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.engine import BUSY_MS, open_store
from fiberwise.store.queries import executions, get_execution
from fiberwise.store.recorder import Recorder
from fiberwise.store.tables import metadata
from tests.integration.store.ticking import longest_tick

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def running(execution_id: str) -> RunningRecord:
    return RunningRecord(execution_id=execution_id, pipeline="p", started_at=START)


def final(execution_id: str, output: object = None) -> FinalRecord:
    ended = {"status": "completed", "outcome": "full", "completed_at": START + timedelta(seconds=1)}
    begun = {"execution_id": execution_id, "pipeline": "p", "started_at": START}
    return FinalRecord.model_validate(begun | ended | {"output_data": output})


def ids(count: int) -> list[str]:
    return [str(uuid4()) for _ in range(count)]


@pytest.fixture
async def recorder(url: str, tmp_path: Path) -> AsyncIterator[Recorder]:
    recorder = Recorder(url, str(tmp_path / "artifacts"))
    yield recorder
    await recorder.close()


def statuses(url: str) -> dict[str, str]:
    engine = open_store(url)
    found = {row.execution_id: row.status for row in executions(engine, ExecutionFilter(limit=1000))}
    engine.dispose()
    return found


async def test_a_run_is_noted_and_then_recorded(recorder: Recorder, url: str):
    (one,) = ids(1)
    recorder.note_running(running(one))
    await recorder.record_final(final(one))
    assert statuses(url) == {one: "completed"}


async def test_many_runs_at_once_are_all_recorded(recorder: Recorder, url: str):
    many = ids(300)
    await asyncio.gather(*[recorder.record_final(final(each)) for each in many])
    assert statuses(url) == dict.fromkeys(many, "completed")


async def test_closing_writes_what_waits(url: str, tmp_path: Path):
    recorder = Recorder(url, str(tmp_path / "artifacts"))
    many = ids(50)
    for each in many * 2:
        recorder.note_running(running(each))
    await recorder.close()
    assert statuses(url) == dict.fromkeys(many, "running")


async def test_large_data_goes_to_the_artifact_store(recorder: Recorder, url: str, tmp_path: Path):
    (one,) = ids(1)
    await recorder.record_final(final(one, {"text": "x" * 70_000}))
    engine = open_store(url)
    stored = get_execution(engine, one)
    engine.dispose()
    assert stored
    assert isinstance(stored.output_data, dict)
    assert set(stored.output_data) == {"uri", "sha256", "bytes"}
    assert ArtifactStore(str(tmp_path / "artifacts")).owns(str(stored.output_data["uri"]))


async def test_a_record_that_cannot_be_stored_fails_alone(recorder: Recorder, url: str):
    good, other = ids(2)
    records = [final(good), final("not-a-uuid"), final(other)]
    ended = await asyncio.gather(*map(recorder.record_final, records), return_exceptions=True)
    assert [type(each) for each in ended] == [type(None), ValueError, type(None)]
    assert set(statuses(url)) == {good, other}


async def test_the_success_rate_leaves_out_the_run_that_asks(recorder: Recorder):
    before, asking = ids(2)
    for each in (before, asking):
        await recorder.record_final(final(each))
    rate = await recorder.success_rate("p", asking)
    assert (rate.runs, rate.completed, rate.rate) == (1, 1, 1.0)


async def test_it_tells_a_run_that_ended_from_one_that_runs(recorder: Recorder):
    ended, running_still = ids(2)
    recorder.note_running(running(running_still))
    await recorder.record_final(final(ended))
    assert [await recorder.has_final(each) for each in (ended, running_still)] == [True, False]


def test_constructing_touches_nothing(tmp_path: Path):
    Recorder(f"sqlite:///{tmp_path / 'state' / 'records.sqlite'}", str(tmp_path / "artifacts"))
    assert list(tmp_path.iterdir()) == []


async def test_a_database_that_is_away_fails_the_caller_and_works_once_it_is_back(tmp_path: Path):
    folder = tmp_path / "state"
    folder.write_text("in the way")
    url = f"sqlite:///{folder / 'records.sqlite'}"
    recorder = Recorder(url, str(tmp_path / "artifacts"))
    (one,) = ids(1)
    with pytest.raises(ServiceUnavailable, match="no folder"):
        await recorder.record_final(final(one))
    assert (await recorder.success_rate("p")).rate is None
    folder.unlink()
    await recorder.record_final(final(one))
    await recorder.close()
    assert statuses(url) == {one: "completed"}


async def test_a_run_that_could_not_be_noted_is_noted_at_the_next_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    folder = tmp_path / "state"
    folder.write_text("in the way")
    url = f"sqlite:///{folder / 'records.sqlite'}"
    recorder = Recorder(url, str(tmp_path / "artifacts"))
    one, two = ids(2)
    with caplog.at_level(logging.WARNING):
        recorder.note_running(running(one))
        recorder.note_running(running(two))
        assert (await recorder.success_rate("p")).rate is None  # asked behind them: both have been tried
    assert sum("was not noted" in message for message in caplog.messages) == 1
    folder.unlink()
    recorder.note_running(running(one))
    await recorder.close()
    assert statuses(url) == {one: "running"}


async def test_a_database_that_is_dropped_and_made_anew_is_used_again(url: str, tmp_path: Path):
    recorder = Recorder(url, str(tmp_path / "artifacts"))
    one, two = ids(2)
    await recorder.record_final(final(one))
    engine = open_store(url)
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("drop table fiberwise_schema")
    engine.dispose()
    with pytest.raises(ServiceUnavailable):
        await recorder.record_final(final(two))
    await recorder.record_final(final(two))
    await recorder.close()
    assert statuses(url) == {two: "completed"}


async def test_a_locked_database_never_holds_the_event_loop(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    path = tmp_path / "records.sqlite"
    open_store(f"sqlite:///{path}").dispose()
    recorder = Recorder(f"sqlite:///{path}", str(tmp_path / "artifacts"))
    one, two = ids(2)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("begin immediate")
    try:
        begun = time.perf_counter()
        recorder.note_running(running(one))
        held = time.perf_counter() - begun
        ticks = asyncio.create_task(longest_tick(0.5))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(recorder.record_final(final(two)), 0.5)
        assert max(held, await ticks) < BUSY_MS / 1000 / 2  # a writer waits that long for the lock
        with caplog.at_level(logging.WARNING):
            await recorder.close(within=0.2)
        assert "did not take all records" in caplog.text
    finally:
        holder.close()


async def test_a_closed_recorder_refuses_records_and_says_how_they_are_mended(recorder: Recorder):
    await recorder.close()
    with pytest.raises(ServiceUnavailable, match="is closed") as caught:
        await recorder.record_final(final(str(uuid4())))
    assert "reconcile" in caught.value.hint
    recorder.note_running(running(str(uuid4())))
    await recorder.close()
