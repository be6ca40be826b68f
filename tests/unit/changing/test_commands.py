"""Which commands a history holds, in the order in which the run gave them."""

import pytest

from fiberwise.changing.commands import Command, commands_in
from starter.histories import read_history
from tests.replay.record import HISTORIES

END = ["local activity record_execution", "search attributes Outcome, Pipeline"]


@pytest.mark.parametrize(
    ("history", "commands"),
    [
        (
            "undone/cancelled",
            [
                "activity act first#1.1",
                "activity act left#1.1",
                "activity act right#1.1",
                "activity take_back left#1.undo",
                "activity take_back first#1.undo",
                *END,
                "end cancelled",
            ],
        ),
        (
            "complex-multi-agent/fallback",
            ["activity generate_test_data generate#1.1", "child data-digest", *END, "end completed"],
        ),
        (
            "gated/rejected",
            ["search attributes Phase", "timer", "search attributes Phase", *END, "end failed"],
        ),
    ],
)
def test_commands_of_a_recorded_history(history: str, commands: list[str]):
    text = (HISTORIES / f"{history}.json").read_text()
    assert [str(one) for one in commands_in(read_history(text, history).events)] == commands


def test_an_activity_tells_its_step_and_a_timer_none():
    assert Command("activity", "act", "first#1.undo").step == "first"
    assert Command("timer").step == ""
