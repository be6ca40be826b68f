import time
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.contracts.record import FinalRecord, RunningRecord
from fiberwise.store.queries import has_ended
from fiberwise.store.writer import LONGEST_QUEUE, NOTE_SECONDS, Read, Write, Writer


def write() -> Write:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return Write(RunningRecord(execution_id=str(uuid4()), pipeline="p", started_at=now))


def test_a_store_that_hangs_is_given_only_so_many_records_and_the_rest_is_refused(tmp_path: Path):
    writer = Writer(f"sqlite:///{tmp_path / 'records.sqlite'}", str(tmp_path / "artifacts"))
    begun, ending = Future[None](), Future[None]()

    def hang(_: object) -> None:
        begun.set_result(None)
        ending.result(30)

    writer.put(Read(hang))
    begun.result(30)
    taken = [write() for _ in range(LONGEST_QUEUE)]
    for each in taken:
        writer.put(each)
    refused = write()
    writer.put(refused)
    with pytest.raises(ServiceUnavailable, match=f"behind by {LONGEST_QUEUE}"):
        refused.done.result(0)

    taken[0].done.cancel()
    writer.stop()
    writer.abandon()
    ending.set_result(None)
    writer.stopped.result(30)
    assert taken[0].done.cancelled()
    with pytest.raises(ServiceUnavailable, match="process ended"):
        taken[-1].done.result(0)


def test_the_note_of_a_run_that_has_begun_waits_a_moment_for_what_else_comes_and_no_longer(tmp_path: Path):
    writer = Writer(f"sqlite:///{tmp_path / 'records.sqlite'}", str(tmp_path / "artifacts"))
    opened = Read(lambda engine: None)
    writer.put(opened)  # making the database takes longer than the note waits
    opened.done.result(30)
    note, began = write(), time.monotonic()
    writer.put(note)
    note.done.result(30)
    assert time.monotonic() - began >= NOTE_SECONDS
    writer.stop()
    writer.stopped.result(30)


def test_the_end_of_a_run_is_written_at_once_with_the_notes_that_waited(tmp_path: Path):
    writer = Writer(f"sqlite:///{tmp_path / 'records.sqlite'}", str(tmp_path / "artifacts"))
    begun, other = write(), write()
    ended = Write(
        FinalRecord(
            execution_id=begun.record.execution_id,
            pipeline="p",
            started_at=begun.record.started_at,
            completed_at=begun.record.started_at,
            status="completed",
            outcome="full",
        )
    )
    for each in (begun, other, ended):
        writer.put(each)
    ended.done.result(30)
    assert begun.done.done()
    known = Read(partial(has_ended, execution_id=begun.record.execution_id))
    runs = Read(partial(has_ended, execution_id=other.record.execution_id))
    writer.put(known)
    writer.put(runs)
    assert (known.done.result(30), runs.done.result(30)) == (True, False)
    writer.stop()
    writer.stopped.result(30)
