"""A cached step takes what an earlier run computed, and every attempt says why it did or did not."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Coroutine
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import ConnectionPoolEntry
from temporalio.client import Client

from fiberwise.contracts.attempt import Metrics
from fiberwise.contracts.execution import Entry
from fiberwise.runtime.settings import Settings
from fiberwise.store import engine
from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.engine import open_store
from fiberwise.store.recorder import Recorder
from tests.conftest import Serve
from tests.workflows.cached import ASKED, PIPELINES, Question
from tests.workflows.running import Result, begin, ended
from worker import build

Run = Callable[..., Coroutine[Any, Any, Result]]


@pytest.fixture
def question() -> Question:
    """One that no other test asks."""
    return Question(text=uuid4().hex)


@pytest.fixture
async def run(client: Client, settings: Settings, serve: Serve) -> AsyncGenerator[Run]:
    """`await run(question)`: a run of the pipeline `cached`, or another, to its end; all share one worker."""

    async def to_the_end(asked: Question, pipeline: str = "cached", **options: Any) -> Result:
        return await ended(await begin(client, settings, pipeline, asked, **options))

    async with serve(PIPELINES):
        yield to_the_end


def _only(result: Result) -> Entry:
    [entry] = result.execution_log
    return entry


async def test_the_first_result_of_a_step_is_computed_since_nothing_is_kept_yet(run: Run, question: Question):
    entry = _only(await run(question))
    assert (entry.status, entry.cache) == ("completed", "miss, nothing kept yet")


async def test_an_equal_input_takes_the_result_of_the_earlier_run_and_names_it(run: Run, question: Question):
    first = await run(question)
    second = await run(question)
    entry = _only(second)
    assert (entry.status, entry.cache) == ("cached", f"hit, from execution {first.execution_id}")
    assert second.results == first.results
    assert ASKED.count(question.text) == 1


async def test_a_hit_has_the_time_of_its_look_up_and_no_metrics(run: Run, question: Question):
    slow = question.model_copy(update={"seconds": 1})
    await run(slow)
    entry = _only(await run(slow))
    assert entry.metrics == Metrics()
    assert entry.duration_ms is not None
    assert 0 < entry.duration_ms < 1000


async def test_a_miss_names_the_field_that_changed(run: Run, question: Question):
    await run(question)
    entry = _only(await run(question.model_copy(update={"unit": "km"})))
    assert entry.cache == "miss, because unit changed"


async def test_another_version_of_the_body_takes_nothing_from_the_one_before(run: Run, question: Question):
    await run(question)
    entry = _only(await run(question, "cached-newer"))
    assert entry.cache == "miss, because version changed"


async def test_a_result_past_its_time_is_computed_anew(run: Run, question: Question):
    await run(question, "cached-briefly")
    entry = _only(await run(question, "cached-briefly"))
    assert (entry.status, entry.cache) == ("completed", "miss, expired")


async def test_no_cache_neither_takes_nor_keeps(run: Run, question: Question):
    first = _only(await run(question, no_cache=True))
    assert first.cache == "not asked (--no-cache)"
    assert _only(await run(question)).cache == "miss, nothing kept yet"


async def test_a_refreshed_step_is_done_anew_and_its_result_kept(run: Run, question: Question):
    await run(question)
    refreshed = await run(question, refresh=("ask",))
    assert _only(refreshed).cache == "refreshed"
    assert _only(await run(question)).cache == f"hit, from execution {refreshed.execution_id}"
    assert ASKED.count(question.text) == 2


async def test_a_result_is_called_what_this_run_calls_it(run: Run, question: Question):
    await run(question.model_copy(update={"source": "sales.csv"}))
    second = await run(question.model_copy(update={"source": "copy of sales.csv"}))
    assert _only(second).status == "cached"
    assert second.results["source"] == "copy of sales.csv"


async def test_data_whose_content_is_not_known_is_never_guessed(
    run: Run, question: Question, caplog: pytest.LogCaptureFixture
):
    asked = question.model_copy(update={"data": "/somewhere/sales.csv"})
    for entry in [_only(await run(asked)), _only(await run(asked))]:
        assert entry.cache == (
            "not cacheable, because sales.csv is not in the artifact store: what it holds is not known"
        )
    assert ASKED.count(question.text) == 2
    assert caplog.text.count("the key of its input cannot be told whole: sales.csv is not in") == 2


async def test_a_step_that_fails_on_purpose_fails_though_a_result_is_kept(run: Run, question: Question):
    await run(question)
    failed = await run(question, faults={"ask": "garbage"})
    assert failed.failure is not None
    assert failed.failure.type == "PayloadRefused"


async def test_an_attempt_that_failed_says_why_it_had_to_be_made(run: Run, question: Question):
    result = await run(question.model_copy(update={"fails": 1}))
    assert [entry.cache for entry in result.execution_log] == ["miss, nothing kept yet"] * 2


async def test_a_large_result_is_kept_as_an_artifact(run: Run, question: Question):
    large = question.model_copy(update={"padding": 100_000})
    first = await run(large)
    second = await run(large)
    assert _only(second).status == "cached"
    assert second.results == first.results


async def test_a_kept_value_that_cannot_be_read_is_computed_anew(
    run: Run, question: Question, settings: Settings
):
    await run(question)
    with create_engine(settings.database_url).begin() as store:
        store.execute(text("""update step_cache set value = '{"tex'"""))
    assert _only(await run(question)).cache == "miss, because what was kept is damaged or gone"
    assert _only(await run(question)).status == "cached"


@pytest.mark.parametrize("mishap", [Path.unlink, lambda path: path.write_bytes(b"other")])
async def test_a_result_whose_artifact_is_gone_or_damaged_is_computed_anew(
    run: Run, question: Question, settings: Settings, mishap: Callable[[Path], object]
):
    store = ArtifactStore(settings.artifacts_url)
    file = store.put_bytes(uuid4().hex.encode(), "txt")
    asked = question.model_copy(update={"file": file})
    await run(asked)
    mishap(Path(file.uri.removeprefix("file://")))
    assert _only(await run(asked)).cache == "miss, because what was kept is damaged or gone"


async def test_a_result_whose_artifact_lies_in_another_store_is_computed_anew(
    run: Run, question: Question, tmp_path: Path
):
    elsewhere = ArtifactStore(str(tmp_path / "elsewhere")).put_bytes(uuid4().hex.encode(), "txt")
    asked = question.model_copy(update={"file": elsewhere})
    await run(asked)
    assert _only(await run(asked)).cache == "miss, because what was kept is damaged or gone"


async def test_a_text_that_looks_like_an_artifact_is_none(run: Run, question: Question):
    asked = question.model_copy(update={"text": f"s3://theirs/ab/ab{uuid4().hex}{'0' * 30}.csv"})
    await run(asked)
    assert _only(await run(asked)).status == "cached"


async def test_six_runs_on_two_workers_compute_a_result_once(
    client: Client, settings: Settings, question: Question
):
    slow = question.model_copy(update={"seconds": 0.5})
    here, there = (settings.model_copy(update={"task_queue": f"{uuid4()}"}) for _ in range(2))
    one, other = (Recorder(settings.database_url, settings.artifacts_url) for _ in range(2))
    async with build(client, here, PIPELINES, one), build(client, there, PIPELINES, other):
        runs = [await begin(client, queue, "cached", slow) for queue in [here, there] * 3]
        entries = [_only(await ended(handle)) for handle in runs]
    await asyncio.gather(one.close(), other.close())
    assert ASKED.count(question.text) == 1
    assert sorted(entry.status for entry in entries) == ["cached"] * 5 + ["completed"]


async def test_when_the_one_that_computes_fails_another_does_so_once(
    client: Client, settings: Settings, serve: Serve, question: Question
):
    asked = question.model_copy(update={"seconds": 0.3, "fails": 1})
    async with serve(PIPELINES):
        runs = [await begin(client, settings, "cached", asked) for _ in range(2)]
        logs = [(await ended(handle)).execution_log for handle in runs]
    assert sorted(entry.status for log in logs for entry in log) == ["cached", "completed", "failed"]
    assert ASKED.count(question.text) == 2


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        ("pragma query_only = on", "attempt to write a readonly database"),
        ("pragma max_page_count = 1", "database or disk is full"),
    ],
)
async def test_a_store_that_is_read_only_or_full_costs_the_result_of_no_step(
    run: Run, question: Question, settings: Settings, monkeypatch: pytest.MonkeyPatch, trouble: str, why: str
):
    open_store(settings.database_url).dispose()
    set_up = engine._set_up_sqlite  # pyright: ignore[reportPrivateUsage]

    def with_trouble(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        set_up(connection, record)
        connection.execute(trouble)

    monkeypatch.setattr(engine, "_set_up_sqlite", with_trouble)
    result = await run(question.model_copy(update={"padding": 50_000}))
    assert result.outcome == "full"
    assert _only(result).cache == f"not cacheable, because the record store failed: {why}"


async def test_a_store_that_is_away_costs_the_result_of_no_step(
    client: Client, settings: Settings, question: Question
):
    away = Recorder("postgresql://nobody@127.0.0.1:1/none", settings.artifacts_url)
    async with build(client, settings, PIPELINES, away):
        result = await ended(await begin(client, settings, "cached", question))
    await away.close()
    assert result.outcome == "full"
    assert _only(result).cache.startswith("not cacheable, because the record store failed: connection failed")
