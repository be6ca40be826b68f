"""What the options of `run` and `start` come to."""

import sys
from datetime import timedelta
from io import StringIO

import pytest

from fiberwise.contracts.errors import BadInput
from fiberwise.runtime.settings import Settings
from starter.cli.ordering import Manner, declared_if_watched, ordered
from starter.starts import Ordered

SETTINGS = Settings()


class Screen(StringIO):
    def isatty(self) -> bool:
        return True


def _ordered(manner: Manner) -> Ordered:
    return ordered(SETTINGS, "complex-multi-agent", None, "{}", (), manner)


def test_a_deadline_and_whether_steps_hold_are_part_of_the_order():
    order = _ordered(Manner(hold=True, deadline="10m"))
    assert (order.hold, order.deadline) == (True, timedelta(minutes=10))


def test_without_options_there_is_no_deadline_and_steps_hold_as_declared():
    order = _ordered(Manner())
    assert (order.hold, order.deadline) == (None, None)


def test_a_deadline_that_is_none_is_refused():
    with pytest.raises(BadInput, match="`soon` is no length of time"):
        _ordered(Manner(deadline="soon"))


@pytest.mark.parametrize(
    ("stdout", "stderr", "held"),
    [(Screen(), Screen(), None), (StringIO(), Screen(), False), (Screen(), StringIO(), False)],
)
def test_where_no_terminal_shows_that_a_run_waits_no_step_holds(
    monkeypatch: pytest.MonkeyPatch, stdout: StringIO, stderr: StringIO, held: bool | None
):
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setattr(sys, "stderr", stderr)
    assert declared_if_watched() is held
