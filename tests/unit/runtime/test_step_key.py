"""What a body passes on as its key: by the ids that Temporal gives an activity, in this process and in a child."""

from dataclasses import replace
from uuid import UUID

import pytest
from temporalio.testing import ActivityEnvironment

from fiberwise.runtime.children import Children
from fiberwise.runtime.failures import StepBroke
from fiberwise.runtime.step_key import origin, step_key

EXECUTION = "0198a3c4-0000-7000-8000-000000000001"
FIRST = "0198a3c4-0000-7000-8000-000000000000"


def within(activity_id: str, workflow_id: str = f"shop/{EXECUTION}", attempt: int = 1) -> ActivityEnvironment:
    env = ActivityEnvironment()
    env.info = replace(env.info, activity_id=activity_id, workflow_id=workflow_id, attempt=attempt)
    return env


@pytest.mark.parametrize("activity_id", ["charge#2.1", "charge#2.7"])
@pytest.mark.parametrize("attempt", [1, 3])
def test_every_attempt_of_every_round_of_a_call_has_one_key(activity_id: str, attempt: int):
    assert within(activity_id, attempt=attempt).run(step_key) == f"{EXECUTION}/charge#2"


@pytest.mark.parametrize("role", ["instead", "undo"])
def test_what_stands_in_or_undoes_has_a_key_of_its_own(role: str):
    assert within(f"charge#2.{role}").run(step_key) == f"{EXECUTION}/charge#2.{role}"


def test_a_retry_of_an_ended_execution_passes_on_the_keys_of_the_first():
    token = origin.set(FIRST)
    key = within("charge#2.1").run(step_key)
    origin.reset(token)
    assert key == f"{FIRST}/charge#2"


def test_a_run_whose_id_a_person_made_up_has_the_key_of_its_execution_id():
    execution_id = within("charge#1.1", workflow_id="by hand").run(step_key).split("/")[0]
    assert UUID(execution_id).version == 5


def test_an_activity_that_is_no_step_has_no_key():
    with pytest.raises(RuntimeError, match="no step is under way"):
        within("1").run(step_key)


def test_outside_of_activities_there_is_no_key():
    with pytest.raises(RuntimeError, match="no step is under way"):
        step_key()


async def test_a_child_process_knows_the_key_of_the_call_it_works_for_and_of_no_other():
    pool = Children(1)
    try:
        for call in (1, 2):
            key = await within(f"charge#{call}.1").run(pool.compute, step_key)
            assert key == f"{EXECUTION}/charge#{call}"
        with pytest.raises(StepBroke, match="no step is under way"):
            await pool.compute(step_key)
    finally:
        pool.close()
