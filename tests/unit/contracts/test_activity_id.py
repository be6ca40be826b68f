"""The id of an activity says of which call it is, and in what role."""

import pytest

from fiberwise.contracts.activity_id import ActivityId


@pytest.mark.parametrize("text", ["extract#1.1", "extract#2.11", "extract#1.instead", "publish#1.undo"])
def test_what_is_read_is_written_as_it_was(text: str):
    assert str(ActivityId.read(text)) == text


def test_an_id_says_step_call_and_role():
    assert ActivityId.read("extract#2.3") == ("extract", 2, "3")


def test_all_rounds_of_a_call_share_a_part():
    assert ActivityId.read("extract#2.1").of_call == ActivityId.read("extract#2.3").of_call == "extract#2"


@pytest.mark.parametrize(("text", "own"), [("a#1.2", True), ("a#1.instead", False), ("a#1.undo", False)])
def test_what_stands_in_for_a_step_or_undoes_it_is_no_round_of_it(text: str, own: bool):
    assert ActivityId.read(text).is_round is own


def test_an_id_that_is_not_ours_is_of_no_call():
    assert ActivityId.read("record") == ("record", 0, "")
