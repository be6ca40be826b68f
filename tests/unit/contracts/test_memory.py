"""What is remembered comes out the same in whatever order, and however often, it is written."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiberwise.contracts.canonical import input_hash
from fiberwise.contracts.cleaning import Cleaning, Rule
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.dataset import Dataset
from fiberwise.contracts.memory import KEPT, Recall, Recollection, Remembered, State, source_name

START = datetime(2026, 3, 1, tzinfo=UTC)
RUNS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abcdefgh")), max_size=12)
DATASET = Dataset(uri="/s/ab.csv", format="csv", bytes=1, sha256="ab", rows=1, columns=1)


def made(day: int, execution_id: str = "") -> Remembered:
    return Remembered(at=START + timedelta(days=day), execution_id=execution_id, value={"day": day})


def after(runs: list[tuple[int, str]]) -> State:
    state = State()
    for day, execution_id in runs:
        state = state.with_part("profile", made(day, execution_id))
    return state


@given(RUNS, st.randoms())
def test_any_order_and_any_repetition_is_the_same_state(runs: list[tuple[int, str]], mixed: Random):
    again = [*runs, *runs]
    mixed.shuffle(again)
    assert after(again) == after(runs)


def test_the_newest_come_first_and_the_oldest_are_let_go():
    state = after([(day, f"run {day}") for day in range(KEPT + 2)])
    assert [one.value["day"] for one in state.parts["profile"]] == [6, 5, 4, 3, 2]


def test_a_late_record_does_not_stand_over_a_newer_one():
    newest = after([(5, "late"), (3, "early")]).newest("profile")
    assert newest
    assert newest.execution_id == "late"


def test_an_execution_is_not_told_of_itself():
    state = after([(1, "before"), (2, "own")])
    found = state.newest("profile", other_than="own")
    assert found
    assert found.execution_id == "before"


def test_what_was_forgotten_does_not_come_back_by_a_late_record():
    state = State(forgotten_at=START + timedelta(days=2))
    assert state.with_part("profile", made(2, "a")).empty
    assert not state.with_part("profile", made(3, "b")).empty


def test_the_version_changes_with_what_is_remembered_and_tells_of_trouble():
    asked = Recall("agent", "s", "profile")
    first, second = (
        Recollection(states={"agent": after(runs)}) for runs in ([(1, "a")], [(1, "a"), (2, "b")])
    )
    assert first.version(asked) != second.version(asked)
    assert Recollection().version(asked) == ""
    assert Recollection(trouble="away").version(asked) == "away"


@pytest.mark.parametrize("name", [None, "", " ", "-", "standard input", "a\0b", "x" * 501])
def test_data_without_a_name_is_not_remembered(name: str | None):
    assert source_name(name) == ""


def test_rules_that_were_given_win_though_they_are_the_default():
    given_all = Request().as_given({"rules"})
    assert (Request().rules_chosen, given_all.rules_chosen) == (False, True)
    assert Request(rules=(Rule.TRIM,)).rules_chosen
    assert Request.model_validate_json(given_all.model_dump_json()).rules_chosen


def test_inputs_of_yesterday_keep_their_hash():
    assert input_hash(Request()) == "a855ae22d596851bb882d0ac13f4daccdc29fa5be41c5a1cdc87529cb3d1135c"
    assert (
        input_hash(Cleaning(dataset=DATASET))
        == "d308f6b43f0ffa617d2ccce85c935aae35d0c40c5760f4b3bb2ecb36ad39aa57"
    )


def test_only_a_run_without_rules_of_its_own_asks_for_accepted_ones():
    named = DATASET.model_copy(update={"source": "a.csv"})
    assert Cleaning(dataset=named).recalls == Recall("DataProcessorAgent", "a.csv", "decision")
    assert Cleaning(dataset=named, rules=(Rule.TRIM,)).recalls is None
    assert Cleaning(dataset=DATASET).recalls is None
    assert DATASET.model_copy(update={"made": "generate_test_data:orders"}).remembered_as
