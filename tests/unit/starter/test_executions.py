"""The list query says what was wanted, and nothing that a value smuggles in."""

from datetime import UTC, datetime

import pytest

from fiberwise.contracts.errors import BadInput
from starter.executions import Wanted, query_of, quoted
from workflows import AVAILABLE_PIPELINES


def test_without_a_wish_all_pipelines_are_listed_and_nothing_else():
    names = ", ".join(f"'{name}'" for name in AVAILABLE_PIPELINES)
    assert query_of(Wanted()) == f"WorkflowType IN ({names})"


def test_every_wish_becomes_a_condition():
    wanted = Wanted("p", "failed", "degraded", "", "ann", datetime(2026, 11, 24, tzinfo=UTC))
    assert query_of(wanted).split(" AND ") == [
        "WorkflowType IN ('p')",
        "ExecutionStatus IN ('Failed', 'Canceled', 'Terminated', 'TimedOut')",
        "Outcome = 'degraded'",
        "User = 'ann'",
        "StartTime >= '2026-11-24T00:00:00+00:00'",
    ]


def test_a_run_that_could_not_say_its_outcome_is_found_by_its_status():
    assert "(Outcome IS NULL AND ExecutionStatus IN ('Canceled'))" in query_of(Wanted(outcome="cancelled"))


def test_only_a_running_execution_has_a_phase():
    found = query_of(Wanted(phase="backing_off"))
    assert "ExecutionStatus IN ('Running')" in found
    assert "Phase" not in found


@pytest.mark.parametrize("phase", ["paused", "waiting_approval", "needs_repair"])
def test_a_run_that_waits_for_a_person_is_found_by_what_it_says_of_itself(phase: str):
    assert f"Phase = '{phase}'" in query_of(Wanted(phase=phase))


def test_a_value_cannot_end_its_own_quotes():
    assert quoted("o'x\\") == "'o\\'x\\\\'"


@pytest.mark.parametrize("field", ["status", "outcome", "phase"])
def test_an_unknown_word_is_refused_with_those_there_are(field: str):
    with pytest.raises(BadInput, match=f"`nope` is no {field}") as caught:
        Wanted(**{field: "nope"})
    assert "there are: " in caught.value.hint
