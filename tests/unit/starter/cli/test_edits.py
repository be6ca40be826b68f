"""Of a step's input only whole fields can be changed: a path that reaches into one takes the rest of it along."""

import pytest

from fiberwise.contracts.errors import BadInput
from starter.cli.edits import changed_fields

INPUT = {"rows": 40, "dataset": {"uri": "a.csv", "sheet": None}}


def test_a_path_into_a_field_changes_that_part_alone():
    assert changed_fields(INPUT, {}, ["dataset.sheet=2"]) == {"dataset": {"uri": "a.csv", "sheet": 2}}


def test_what_is_given_stands_and_is_changed_in_its_turn():
    given = {"dataset": {"uri": "b.csv"}}
    assert changed_fields(INPUT, given, ["dataset.sheet=2", "rows=1"]) == {
        "dataset": {"uri": "b.csv", "sheet": 2},
        "rows": 1,
    }


def test_without_changes_there_are_none():
    assert changed_fields(INPUT, {}, []) == {}


def test_what_is_no_change_is_refused():
    with pytest.raises(BadInput, match="`rows` is not PATH=VALUE"):
        changed_fields(INPUT, {}, ["rows"])
