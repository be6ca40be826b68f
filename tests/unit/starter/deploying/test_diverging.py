"""Where code parts from a history, in the words of the pipeline."""

import pytest

from fiberwise.changing.commands import Command
from fiberwise.contracts.record import RECORD
from starter.deploying.diverging import Sides, divergence

NONDETERMINISM = "[TMPRL1100] Nondeterminism error: No command scheduled for event"
PHASE, TIMER, CHILD = Command("search attributes", "Phase"), Command("timer"), Command("child", "data-digest")
STREAMED = Command("child", "stream-step", "make#1.1")
END = Command("local activity", RECORD)
DECLARED = {"take", "make", "give"}


def did(step: str, role: str = "1", call: int = 1, activity: str = "act") -> Command:
    return Command("activity", activity, f"{step}#{call}.{role}")


TAKE, MAKE, GIVE, NEW = did("take"), did("make"), did("give"), did("new")


def told(
    recorded: list[Command],
    given: list[Command],
    declared: set[str] = DECLARED,
    failure: str = NONDETERMINISM,
) -> str:
    known = {command.step for command in recorded} - {""}
    return divergence(Sides(recorded, given, declared, known), failure, set()).text


@pytest.mark.parametrize(
    ("recorded", "given", "text"),
    [
        ([TAKE, MAKE], [TAKE, NEW], "step `new` is new before `make`"),
        ([TAKE, MAKE, GIVE], [TAKE, GIVE], "step `give` comes before `make` now"),
        ([TAKE, MAKE], [TAKE], "step `make` is gone"),
        ([TAKE, MAKE], [TAKE, did("make", activity="other")], "step `make` calls `other`, no longer `act`"),
        ([TAKE, MAKE], [TAKE, did("take", call=2)], "step `take`, call 2 comes before `make` now"),
        ([TAKE, did("take", "2")], [TAKE, MAKE], "step `make` is new before `take`, round 2"),
        ([TAKE, MAKE], [TAKE, TIMER], "a timer is new before step `make`"),
        ([TAKE, TIMER, MAKE], [TAKE, MAKE], "a timer is gone before step `make`"),
        ([TAKE, MAKE], [TAKE, PHASE], "a wait for a person is new before step `make`"),
        ([PHASE, TIMER, TAKE], [TAKE], "a wait for a person is gone before step `take`"),
        ([TAKE, MAKE], [TAKE, END], "the run ends before step `make`"),
        ([TAKE, END], [TAKE, MAKE], "step `make` is new before the end"),
        ([TAKE, CHILD], [TAKE, END], "the run ends before the pipeline `data-digest`"),
        ([TAKE, CHILD], [TAKE, MAKE], "the pipeline `data-digest` is gone before step `make`"),
        ([TAKE, did("take", "undo"), END], [TAKE, END], "the run ends before the undoing of `take`"),
        ([TAKE, did("take", "instead")], [TAKE, MAKE], "step `make` is new before what stands in for `take`"),
        ([TAKE, STREAMED], [TAKE, NEW], "step `new` is new before `make`"),
        ([TAKE, MAKE], [TAKE, STREAMED], "step `make` works in chunks now"),
        ([TAKE, STREAMED], [TAKE, MAKE], "step `make` works on the whole now"),
        ([TAKE, TIMER], [TAKE, PHASE], "a wait for a person stands where a timer did"),
    ],
)
def test_a_difference_has_a_sentence(recorded: list[Command], given: list[Command], text: str):
    assert told(recorded, given) == text


def test_a_step_that_is_declared_no_more_is_gone_or_renamed():
    declared = {"take", "build", "give"}
    assert told([TAKE, MAKE, GIVE], [TAKE, GIVE], declared) == "step `make` is gone before `give`"
    assert told([TAKE, MAKE], [TAKE, did("build")], declared) == "step `make` is called `build` now"


def test_code_that_fails_is_told_with_its_failure_and_after_what():
    assert told([TAKE, MAKE], [TAKE], failure="KeyError: 'totals'") == (
        "the code fails after step `take`: KeyError: 'totals'"
    )
    assert told([], [], failure="it is not there") == "the code fails at its start: it is not there"


def test_an_execution_has_passed_a_change_once_the_step_it_is_at_has_ended():
    sides = Sides([TAKE, MAKE], [TAKE, NEW], DECLARED, {"take", "make"})
    assert not divergence(sides, NONDETERMINISM, {TAKE.id}).passed
    assert divergence(sides, NONDETERMINISM, {TAKE.id, MAKE.id}).passed
    assert divergence(sides, NONDETERMINISM, set()).patch == "new"
