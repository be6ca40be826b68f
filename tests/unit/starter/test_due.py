"""An attempt whose back-off has passed waits for a worker; that something failed before it does not hide so."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client

from fiberwise.contracts.view import PendingStep
from starter.pending import pending_step


def _from_now(minutes: float) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(datetime.now(UTC) + timedelta(minutes=minutes))
    return stamp


async def _pending(**times: Any) -> PendingStep:
    found = PendingActivityInfo(activity_id="extract#1.1", attempt=2, **times)
    return await pending_step(cast(Client, None), found)


async def _seen(**times: Any) -> str:
    return (await _pending(**times)).state


async def test_before_its_time_it_backs_off():
    assert await _seen(next_attempt_schedule_time=_from_now(1)) == "backing_off"


async def test_after_its_time_it_is_scheduled():
    assert await _seen(next_attempt_schedule_time=_from_now(-1)) == "scheduled"


async def test_without_a_time_it_is_scheduled_since_the_attempt_before_ended():
    assert await _seen(last_attempt_complete_time=_from_now(-1)) == "scheduled"


async def test_after_an_attempt_that_was_lost_and_so_never_ended_it_is_scheduled_since_the_server_did():
    since = _from_now(-1)
    assert (await _pending(scheduled_time=since)).since == since.ToDatetime(tzinfo=UTC)
