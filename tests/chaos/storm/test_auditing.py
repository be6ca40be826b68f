"""What a storm counts is counted: each kind of damage, planted, is told."""

from pathlib import Path

import pytest
from sqlalchemy import text
from temporalio.client import Client

from fiberwise.runtime.settings import Settings
from fiberwise.store.engine import open_store
from tests.chaos.storm.attending import Seen
from tests.chaos.storm.auditing import Audit
from tests.chaos.storm.place import Place
from tests.conftest import Serve
from tests.workflows.ledgered import Deeds, LedgeredPipeline, Line
from tests.workflows.running import begin, ended
from workflows import AVAILABLE_PIPELINES

PIPELINES = {"ledgered": LedgeredPipeline}


@pytest.fixture
def here(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setitem(AVAILABLE_PIPELINES, "ledgered", LedgeredPipeline)
    (settings.home / "ledger").mkdir()
    return Place(settings.home, tmp_path / "disk", is_small=False, database=settings.database_url)


async def audited(client: Client, place: Place, *runs: str) -> Audit:
    found = Audit(client, place, Seen(started=dict.fromkeys(runs, "deeds")))
    for run in runs:
        await found.look_at(run, [], open_store(place.database))
    found.look_around(set(runs))
    return found


async def test_a_run_that_did_well_leaves_nothing_to_tell(
    client: Client, settings: Settings, serve: Serve, here: Place
):
    run = await _played(client, settings, serve, here)
    found = await audited(client, here, run)
    assert (found.lost, found.doubled, found.disagreeing) == ([], [], [])
    assert found.outcomes == {"full": 1}


async def test_a_record_that_says_otherwise_disagrees(
    client: Client, settings: Settings, serve: Serve, here: Place
):
    run = await _played(client, settings, serve, here)
    with open_store(here.database).begin() as connection:
        connection.execute(text("update pipeline_executions set outcome = 'degraded'"))
    found = await audited(client, here, run)
    assert found.disagreeing == [f"{run}: outcome is 'degraded' on record, 'full' in history"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"key": "another"}, "first#1 has 2 keys"),
        ({"attempt": 2}, "first#1.1 was begun again after it was completed"),
        ({"anew": True}, "was done 2 times"),
    ],
)
async def test_a_deed_that_was_done_twice_is_doubled(
    client: Client,
    settings: Settings,
    serve: Serve,
    here: Place,
    changes: dict[str, object],
    told: str,
):
    run = await _played(client, settings, serve, here)
    ledger = here.ledger / "ledger.jsonl"
    lines = [Line.model_validate_json(line) for line in ledger.read_text().splitlines()]
    [first] = [line for line in lines if line.call == "first#1.1"]
    late = max(line.at for line in lines)
    again = first.model_copy(update={"anew": False, "at": late, **changes})
    with ledger.open("a") as file:
        file.write(again.model_dump_json() + "\n")
    found = await audited(client, here, run)
    assert [one for one in found.doubled if told in one]
    assert len(found.doubled) == 1


async def test_what_nobody_published_is_told(client: Client, here: Place):
    (here.disk / "published" / "ledgered" / "nobody").mkdir(parents=True)
    found = await audited(client, here)
    assert found.doubled == ["nobody: published by nobody"]


async def _played(client: Client, settings: Settings, serve: Serve, here: Place) -> str:
    async with serve(PIPELINES):
        handle = await begin(client, settings, "ledgered", Deeds(ledger=str(here.ledger)))
        assert (await ended(handle)).outcome == "full"
    return handle.id
