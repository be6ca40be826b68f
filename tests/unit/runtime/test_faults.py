"""A fault that strikes once strikes at the first try of a call, and never after a repair."""

import pytest
from temporalio.exceptions import ApplicationError

from fiberwise.contracts.options import FaultKind
from fiberwise.runtime.faults import asked_for, commit, is_first


@pytest.mark.parametrize(
    ("activity_id", "attempt", "first"),
    [
        ("extract#1.1", 1, True),
        ("extract#1.1", 2, False),
        ("extract#1.2", 1, False),
        ("extract#1.11", 1, False),
        ("extract#1.instead", 1, True),
    ],
)
def test_only_the_first_try_of_the_first_round_is_the_first(activity_id: str, attempt: int, first: bool):
    assert is_first(activity_id, attempt) is first


async def test_fail_once_strikes_at_the_first_try_alone():
    with pytest.raises(ApplicationError, match="once"):
        await commit("fail-once", first=True)
    await commit("fail-once", first=False)


@pytest.mark.parametrize(
    ("activity_id", "fault"),
    [
        ("extract#1.1", "fail"),
        ("extract#2.3", "fail"),
        ("extract#1.instead", None),
        ("publish#1.undo", "slow"),
        ("publish#1.1", None),
    ],
)
def test_a_fault_of_a_step_is_not_one_of_what_stands_in_for_it_or_undoes_it(
    activity_id: str, fault: str | None
):
    assert asked_for({"extract": "fail", "publish.undo": "slow"}, activity_id) == fault


def test_a_fault_may_be_meant_for_one_chunk_or_call_alone():
    asked: dict[str, FaultKind] = {"ingest#3": "fail"}

    assert [asked_for(asked, f"ingest#{n}.1") for n in (2, 3)] == [None, "fail"]
    assert asked_for(asked, "ingest#3.undo") is None
