"""A step that waits is shown with all that a person needs to decide, and never more than fits."""

from datetime import UTC, datetime

import pytest

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.controls import Waiting
from starter.cli.terminal import rendered
from starter.cli.waiting import page, short_id

WAITS = Waiting(
    kind="needs_repair",
    step="extract",
    call=2,
    since=datetime.now(UTC),
    until=datetime(2026, 12, 2, 10, tzinfo=UTC),
    silence="degrade",
    may=("retry", "edit", "give", "skip"),
    input={"dataset": {"uri": "x" * 500}, "null_tokens": ["NA"]},
    failures=[
        Failure(type="OSError", message="disk full", hint="make room"),
        Failure(type="Lost", message="no word from its worker"),
    ],
)


def test_the_page_tells_the_input_the_errors_what_may_be_done_and_what_silence_means():
    shown = rendered(page(WAITS), 100).splitlines()
    assert shown[0].startswith("extract#2  needs repair  for ")
    assert '  null_tokens  ["NA"]' in shown
    assert "  1  OSError: disk full" in shown
    assert "     make room" in shown
    assert "  2  Lost: no word from its worker" in shown
    assert "  --skip                         go on without it: the run is degraded" in shown
    assert shown[-1] == "If nobody answers by 2026-12-02 10:00 UTC, the run goes on without it, degraded."


def test_what_may_not_be_done_is_not_offered():
    assert "--fall-back" not in rendered(page(WAITS), 100)


def test_a_large_input_is_cut():
    assert max(map(len, rendered(page(WAITS), 200).splitlines())) <= 110


@pytest.mark.parametrize(
    ("workflow_id", "short"),
    [
        ("scripted/153474b4-8a69-4985-8c46-3c6b3c46f45c", "153474b4"),
        ("made-up-in-the-web-ui", "made-up-in-the-web-ui"),
        ("scripted/made-up", "scripted/made-up"),
    ],
)
def test_an_id_is_as_short_as_it_stays_good(workflow_id: str, short: str):
    assert short_id(workflow_id) == short
