from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.contracts.record import RunningRecord
from fiberwise.store.writer import LONGEST_QUEUE, Read, Write, Writer


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
