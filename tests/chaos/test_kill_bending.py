"""Worker and server killed by SIGKILL in the middle of each form in which a run bends: it ends as that form says."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from temporalio.client import Client

from fiberwise.contracts.execution import Entry
from fiberwise.contracts.view import RunAnswer
from fiberwise.runtime.settings import Settings
from starter.client import FiberWise
from starter.connection import attached
from tests.chaos.forms import FORMS
from tests.chaos.killing import Handle, caught_in_each, due_again, kill, recorded
from tests.integration.cli.program import staying
from tests.workflows.registered import PIPELINES, PROGRAM
from workflows import AVAILABLE_PIPELINES


class Ended(NamedTuple):
    """What came of the run of each form; by when what ran at the kill was to be done again."""

    answers: dict[str, RunAnswer]
    due: datetime
    database: str


@pytest.fixture(scope="module")
async def ended(environment: dict[str, str], home: Path) -> AsyncGenerator[Ended]:
    settings = Settings(home=home)
    with pytest.MonkeyPatch.context() as patched:
        for name, pipeline in PIPELINES.items():
            patched.setitem(AVAILABLE_PIPELINES, name, pipeline)
        with staying(environment, "dev", PROGRAM) as (dev, _):
            runs = await caught(settings)
            killed = datetime.now(UTC)
            await kill(dev, ("worker", "server"), home)
        with staying(environment, "dev", PROGRAM):
            due = due_again(killed, datetime.now(UTC))
            answers = await attended(settings, runs)
            yield Ended(answers, due, settings.database_url)


async def caught(settings: Settings) -> dict[str, Handle]:
    ann = await FiberWise.connect(settings, user="ann")
    client = (await attached(settings)).client
    return await caught_in_each(
        FORMS, lambda form: FORMS[form].begin(ann, settings), partial(is_caught, ann, client)
    )


async def is_caught(ann: FiberWise, client: Client, form: str, run: Handle) -> bool:
    caught = FORMS[form].caught
    if "#" in caught:
        return caught in await under_way(client, run)
    return (await ann.view(run.id)).phase == caught


async def under_way(client: Client, run: Handle) -> list[str]:
    """The activities that run now, of the run and of the fallback it waits for."""
    described = (await run.describe()).raw_description
    found = [one.activity_id for one in described.pending_activities if one.last_started_time.seconds]
    for child in described.pending_children:
        if child.run_id:  # else it is asked for, and not there yet
            found += await under_way(client, client.get_workflow_handle(child.workflow_id))
    return found


async def attended(settings: Settings, runs: dict[str, Handle]) -> dict[str, RunAnswer]:
    """Their ends, once the person has decided where one is waited for."""
    ann = await FiberWise.connect(settings, user="ann")
    answers = await asyncio.gather(*(concluded(ann, form, run.id) for form, run in runs.items()))
    return dict(zip(runs, answers, strict=True))


async def concluded(ann: FiberWise, name: str, workflow_id: str) -> RunAnswer:
    form = FORMS[name]
    if form.decide:
        while (seen := await ann.view(workflow_id)).pending or seen.phase != form.caught:  # noqa: ASYNC110 - no signal
            await asyncio.sleep(0.2)
        await form.decide(ann, workflow_id)
    return await ann.answer(workflow_id)


@pytest.mark.parametrize("form", FORMS)
async def test_it_ends_as_its_form_says_with_what_was_finished_done_once(form: str, ended: Ended):
    answer = ended.answers[form]
    log = sorted((entry.step, entry.attempt, entry.status) for entry in answer.execution_log)

    assert (answer.outcome, log) == (FORMS[form].outcome, sorted(FORMS[form].log))


async def test_what_ran_on_the_killed_worker_is_soon_done_again(ended: Ended):
    again = [entry for answer in ended.answers.values() for entry in after_loss(answer.execution_log)]

    assert len(again) == 8
    assert all(entry.started_at and entry.started_at < ended.due for entry in again)


def after_loss(log: list[Entry]) -> list[Entry]:
    return [later for lost, later in pairwise(log) if lost.status == "lost"]


async def test_each_has_one_record_of_its_own(ended: Ended):
    answers = ended.answers.values()

    assert recorded(ended.database, answers) == [(one.status, one.outcome) for one in answers]


async def test_what_was_computed_after_all_is_kept_for_others(ended: Ended, home: Path):
    ann = await FiberWise.connect(Settings(home=home), user="ann")
    answer = await ann.run("lasting-cached", {"first": ["hang"]})

    assert [entry.status for entry in answer.execution_log] == ["cached"]
