"""Which runs raise an alarm, and that each is told once."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

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


def test_an_alarm_is_told_once_for_as_long_as_it_lasts_and_when_it_is_over(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "starter.alarms")
    raised = alarms._told([STUCK], set())  # pyright: ignore[reportPrivateUsage]
    raised = alarms._told([STUCK], raised)  # pyright: ignore[reportPrivateUsage]
    alarms._told([], raised)  # pyright: ignore[reportPrivateUsage]

    assert caplog.messages == [
        "alarm: shop/1 is blocked: KeyError: x",
        "alarm over: shop/1 is no longer blocked",
    ]
