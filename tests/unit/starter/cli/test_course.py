"""Beside the outcome stands what a person would want to know of how it came about, where there is something."""

from datetime import UTC, datetime
from typing import Any

from fiberwise.contracts.controls import Noted
from fiberwise.contracts.execution import Metadata, Receipt
from fiberwise.contracts.view import RunAnswer
from starter.cli.course import remarks


def _said(**changes: Any) -> list[str]:
    usual = {"execution_id": "1", "workflow_id": "p/1", "pipeline": "p", "status": "completed"}
    found = RunAnswer.model_validate(usual | {"outcome": "degraded", "metadata": Metadata()} | changes)
    return [line.plain.strip() for line in remarks(found)]


def _receipt(wasted_ms: float) -> Receipt:
    return Receipt(
        step="extract",
        attempts=2,
        waited_ms=0,
        ran_ms=10_000,
        cpu_ms=900,
        wasted_ms=wasted_ms,
        wasted_cpu_ms=300,
    )


def _noted(**fields: Any) -> Noted:
    return Noted(by="ann", at=datetime(2026, 11, 24, tzinfo=UTC), **fields)


def test_of_a_whole_run_that_nobody_touched_there_is_nothing_to_say():
    assert _said(receipt=[_receipt(0)]) == []


def test_how_whole_it_is():
    assert _said(completeness=0.8333) == ["83.3% of its steps gave a result of their own"]


def test_who_made_it():
    assert _said(produced_by="data-digest") == ["made by data-digest"]


def test_who_acted_and_why():
    edit = _noted(kind="repair", action="edit", step="extract", reason="the column was renamed")
    assert _said(controls=[_noted(kind="pause"), edit]) == [
        "pause by ann",
        "repair (edit) of extract by ann: the column was renamed",
    ]


def test_many_controls_are_counted():
    assert _said(controls=[_noted(kind="pause")] * 7)[-1] == "… 2 controls more"


def test_what_failed_attempts_took_is_said_from_a_tenth_of_the_run_time_on():
    assert _said(receipt=[_receipt(999)]) == []
    assert _said(receipt=[_receipt(2000)]) == ["2.0 s (CPU 300 ms) went into attempts that failed"]
