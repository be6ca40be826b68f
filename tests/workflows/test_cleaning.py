"""Cleaning beside runs in flight: what they, or anything that stays, refer to is there when they need it."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from fiberwise.contracts.controls import Decision
from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.contracts.record import FinalRecord
from fiberwise.runtime.settings import Settings
from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.recorder import Recorder
from starter import removing
from starter.cleaning import Cleaning
from starter.connection import Connection
from tests.conftest import Serve
from tests.workflows.bending import Bend, GatedPipeline, PlainPipeline
from tests.workflows.running import begin, ended, waits

PIPELINES = {"gated": GatedPipeline, "plain": PlainPipeline}
MONTH, YEAR = timedelta(days=30), timedelta(days=365)


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    """A store of the test's own: that of the session is not to be cleaned."""
    return settings.model_copy(update={"artifacts": str(tmp_path / "artifacts")})


def old_file(settings: Settings, text: str) -> Path:
    """Stored a year ago."""
    artifact = ArtifactStore(settings.artifacts_url).put_bytes(text.encode(), "json")
    path = Path(artifact.uri.removeprefix("file://"))
    then = (datetime.now(UTC) - YEAR).timestamp()
    os.utime(path, (then, then))
    return path


def cleaning(client: Client, settings: Settings) -> Cleaning:
    return Cleaning(Connection(client, settings, ""), "ann", "test")


async def test_what_a_run_in_flight_refers_to_stays_and_the_run_ends_well(
    client: Client, env: WorkflowEnvironment, settings: Settings, own: Settings, serve: Serve
):
    needed, unneeded = old_file(own, "needed"), old_file(own, "unneeded")
    async with serve(PIPELINES):
        with env.with_time_skipping_disabled():
            asked = Bend(which="lenient", first=[f"doze {needed.name}"])
            handle = await begin(client, settings, "gated", asked)
            await waits(handle, "waiting_approval")
            await cleaning(client, own).clean(MONTH)
            assert (needed.exists(), unneeded.exists()) == (True, False)
            await handle.execute_update("approve", Decision(by="ann"))  # pyright: ignore[reportUnknownMemberType]  # a gap in its own types
            assert (await ended(handle)).outcome == "full"


async def test_nothing_that_was_stored_since_the_oldest_run_in_flight_began_is_touched(
    client: Client,
    env: WorkflowEnvironment,
    settings: Settings,
    own: Settings,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(removing, "JUST_NOW", timedelta(0))
    async with serve(PIPELINES):
        with env.with_time_skipping_disabled():
            handle = await begin(client, settings, "gated", Bend(which="lenient"))
            await waits(handle, "waiting_approval")
            await asyncio.sleep(2)  # the server's list of runs lags
            found = await cleaning(client, own).clean(timedelta(seconds=0.1), dry_run=True)
            began = (await handle.describe()).start_time
            await handle.terminate()
    assert found.files_before <= began


async def test_a_dry_run_tells_what_would_go_and_leaves_it(client: Client, own: Settings):
    file = old_file(own, "unneeded")
    found = await cleaning(client, own).clean(MONTH, dry_run=True)
    assert [(one.store, one.kind, one.count, one.bytes) for one in found.removed] == [
        ("artifacts", "json", 1, 8)
    ]
    assert file.exists()


async def test_what_a_record_that_stays_or_a_publication_names_stays(client: Client, own: Settings):
    recorded, published, neither = (old_file(own, text) for text in ("recorded", "published", "neither"))
    recorder = Recorder(own.database_url, own.artifacts_url)
    now = datetime.now(UTC)
    told = {"execution_id": "5b5f2f5e-8c1d-4e53-9d5a-3f3b7c1d2e4f", "pipeline": "plain", "started_at": now}
    end = {"status": "completed", "outcome": "full", "completed_at": now, "output_data": recorded.name}
    await recorder.record_final(FinalRecord.model_validate(told | end))
    await recorder.close()
    page = own.published_folder / "plain" / "one" / "results.json"
    page.parent.mkdir(parents=True)
    page.write_text(f'{{"uri": "{published}"}}')
    found = await cleaning(client, own).clean(MONTH)
    assert [file.exists() for file in (recorded, published, neither)] == [True, True, False]
    assert [(one.kind, one.count) for one in found.stay] == [("json", 2)]


async def test_where_the_record_store_does_not_answer_nothing_is_removed(client: Client, own: Settings):
    file = old_file(own, "unneeded")
    broken = own.model_copy(update={"database": "postgresql://nobody@127.0.0.1:1/none"})
    with pytest.raises(ServiceUnavailable):
        await cleaning(client, broken).clean(MONTH)
    assert file.exists()


async def test_of_a_store_elsewhere_nothing_is_removed_and_that_is_said(client: Client, own: Settings):
    elsewhere = own.model_copy(update={"artifacts": "memory://cleaning"})
    found = await cleaning(client, elsewhere).clean(MONTH)
    assert found.removed == []
    assert found.unjudged == [removing.ELSEWHERE]
