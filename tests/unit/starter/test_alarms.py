"""Which runs raise an alarm, and that each is told once."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from temporalio.client import Client

from fiberwise.contracts.controls import Waiting
from fiberwise.contracts.view import Alarm, ExecutionView
from starter import alarms
from starter.alarms import alarm_of

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
STUCK = Alarm(kind="blocked", workflow_id="shop/1", pipeline="shop", cause="KeyError: x")


def _seen(**changes: Any) -> ExecutionView:
    fields: dict[str, Any] = {"execution_id": "1", "workflow_id": "shop/1", "run_id": "r", "pipeline": "shop"}
    fields |= {"status": "running", "phase": "running", "started_at": NOW}
    return ExecutionView(**fields | changes)


def _waiting(until: datetime) -> list[Waiting]:
    return [Waiting(kind="needs_repair", step="pay", call=1, since=NOW - timedelta(days=9), until=until)]


@pytest.mark.parametrize("phase", ["running", "backing_off", "paused", "needs_repair"])
def test_a_run_that_goes_on_or_waits_as_it_may_raises_none(phase: str):
    assert alarm_of(_seen(phase=phase, waiting=_waiting(NOW + timedelta(hours=1))), NOW) is None


@pytest.mark.parametrize("phase", ["blocked", "no_worker"])
def test_a_run_that_cannot_go_on_raises_one_with_its_cause(phase: str):
    alarm = alarm_of(_seen(phase=phase, cause="KeyError: x"), NOW)

    assert alarm is not None
    assert (alarm.kind, alarm.cause) == (phase, "KeyError: x")


def test_a_step_that_waits_longer_than_declared_raises_one():
    alarm = alarm_of(_seen(phase="needs_repair", waiting=_waiting(NOW - timedelta(minutes=5))), NOW)

    assert alarm is not None
    assert (alarm.kind, alarm.cause) == (
        "overdue",
        "it should have gone on at 2026-11-25 11:55 UTC: needs_repair",
    )


def test_a_run_past_its_deadline_raises_one():
    alarm = alarm_of(_seen(deadline_at=NOW - timedelta(minutes=5)), NOW)

    assert alarm is not None
    assert alarm.kind == "overdue"


def test_a_run_that_has_ended_raises_none_whatever_its_deadline_was():
    assert (
        alarm_of(_seen(status="failed", phase="ended", deadline_at=NOW - timedelta(minutes=5)), NOW) is None
    )


Look = Callable[[str], ExecutionView]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str], Look], None]:
    """What a server says: which runs are open, and how each is seen."""

    def says(open: list[str], look: Look) -> None:
        async def running(client: Client, limit: int) -> list[str]:
            return open[:limit]

        async def view(client: Client, workflow_id: str) -> ExecutionView:
            return look(workflow_id)

        monkeypatch.setattr(alarms, "running", running)
        monkeypatch.setattr(alarms, "view", view)

    return says


def _newer(workflow_id: str) -> ExecutionView:
    if workflow_id == "shop/1":
        raise ValueError("a phase that only a newer worker knows")
    return _seen(workflow_id=workflow_id, phase="blocked", cause="KeyError: x")


async def test_a_run_that_cannot_be_looked_at_keeps_its_alarm_and_hides_no_other(
    served: Callable[[list[str], Look], None],
):
    served(["shop/1", "shop/2"], _newer)
    found = await alarms.alarms(Mock(Client), [STUCK])

    assert [alarm.workflow_id for alarm in found] == ["shop/1", "shop/2"]


async def test_a_run_with_an_alarm_is_looked_at_wherever_it_stands_in_the_list(
    served: Callable[[list[str], Look], None], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(alarms, "MOST", 1)
    served(
        ["shop/2", "shop/1"],
        lambda id: _seen(workflow_id=id, phase="blocked" if id == "shop/1" else "running"),
    )
    [found] = await alarms.alarms(Mock(Client), [STUCK])

    assert found.workflow_id == "shop/1"


async def test_whoever_watches_goes_on_after_a_look_that_failed(
    served: Callable[[list[str], Look], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    async def fails(client: Client, limit: int) -> list[str]:
        raise ValueError("no such answer")

    monkeypatch.setattr(alarms, "running", fails)
    async with alarms.watched(Mock(Client), every=0.01):
        await asyncio.sleep(0.2)

    assert len(caplog.messages) > 1
    assert set(caplog.messages) == {"could not look for runs that are stuck: no such answer"}


def test_an_alarm_is_told_once_for_as_long_as_it_lasts_and_when_it_is_over(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "starter.alarms")
    for found, raised in (([STUCK], []), ([STUCK], [STUCK]), ([], [STUCK])):
        alarms._tell(found, raised)  # pyright: ignore[reportPrivateUsage]

    assert caplog.messages == [
        "alarm: shop/1 is blocked: KeyError: x",
        "alarm over: shop/1 is no longer blocked",
    ]
