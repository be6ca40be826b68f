"""Published results are there whole or not at all, and go without a trace."""

import asyncio
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fiberwise.contracts.errors import ArtifactMissing, PipelineError
from fiberwise.contracts.publication import Publication, Published
from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.publications import Publications


@pytest.fixture
def artifacts(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "artifacts"))


@pytest.fixture
def publications(tmp_path: Path, artifacts: ArtifactStore) -> Publications:
    return Publications(tmp_path / "published", artifacts)


def _asked(artifacts: ArtifactStore, data: bytes = b"a,b\n", execution_id: str = "1") -> Publication:
    files = {"cleaned.csv": artifacts.put_bytes(data, "csv")}
    return Publication(pipeline="shop", execution_id=execution_id, document={"rows": 3}, files=files)


async def test_a_folder_of_the_execution_holds_the_results(
    publications: Publications, artifacts: ArtifactStore, tmp_path: Path
):
    published = await publications.publish(_asked(artifacts))

    assert published.uri == (tmp_path / "published/shop/1").as_uri()
    assert (tmp_path / "published/shop/1/cleaned.csv").read_bytes() == b"a,b\n"
    assert published.files == ["cleaned.csv", "results.json"]


async def test_published_again_the_last_stands(
    publications: Publications, artifacts: ArtifactStore, tmp_path: Path
):
    await publications.publish(_asked(artifacts, b"old"))
    await publications.publish(_asked(artifacts, b"new"))

    assert (tmp_path / "published/shop/1/cleaned.csv").read_bytes() == b"new"
    assert [path.name for path in (tmp_path / "published/shop").iterdir()] == ["1"]


async def test_a_missing_artifact_leaves_nothing_half_published(
    publications: Publications, artifacts: ArtifactStore, tmp_path: Path
):
    asked = _asked(artifacts)
    shutil.rmtree(tmp_path / "artifacts")

    with pytest.raises(ArtifactMissing):
        await publications.publish(asked)
    assert list((tmp_path / "published/shop").iterdir()) == []


async def test_withdrawn_twice_it_is_gone_once_and_artifacts_stay(
    publications: Publications, artifacts: ArtifactStore
):
    asked = _asked(artifacts)
    published = await publications.publish(asked)

    assert [(await publications.withdraw(published)).existed for _ in range(2)] == [True, False]
    assert artifacts.read_bytes(asked.files["cleaned.csv"]) == b"a,b\n"


async def test_published_under_a_path_that_a_uri_quotes_it_can_be_withdrawn(
    artifacts: ArtifactStore, tmp_path: Path
):
    publications = Publications(tmp_path / "für alle" / "100%25", artifacts)
    published = await publications.publish(_asked(artifacts))

    assert (await publications.withdraw(published)).existed


@pytest.mark.parametrize(
    "place", ["home", "published", "published/shop", "published/shop/1/2", "published/shop/.."]
)
async def test_what_is_not_the_folder_of_an_execution_is_not_withdrawn(
    publications: Publications, tmp_path: Path, place: str
):
    (tmp_path / "home").mkdir()
    (tmp_path / "published/shop/1/2").mkdir(parents=True)

    with pytest.raises(PipelineError, match="no publication"):
        await publications.withdraw(Published(uri=f"file://{tmp_path}/{place}", files=[]))
    assert (tmp_path / "home").is_dir()
    assert (tmp_path / "published/shop/1/2").is_dir()


async def test_a_name_cannot_lead_out_of_the_folder(
    publications: Publications, artifacts: ArtifactStore, tmp_path: Path
):
    published = await publications.publish(_asked(artifacts, execution_id="../../x"))

    assert published.uri == (tmp_path / "published/shop/x").as_uri()


@pytest.mark.parametrize("execution_id", ["", ".."])
async def test_what_is_no_name_is_refused(
    publications: Publications, artifacts: ArtifactStore, execution_id: str
):
    with pytest.raises(PipelineError, match="no publication"):
        await publications.publish(_asked(artifacts, execution_id=execution_id))


@pytest.fixture
def let_go(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """From now on the copying of a file waits for it, in its thread."""
    event, copy = threading.Event(), shutil.copyfile

    def slow(source: Path, target: Path) -> None:
        event.wait(10)
        copy(source, target)

    monkeypatch.setattr(shutil, "copyfile", slow)
    yield event
    event.set()


async def test_cancelled_while_its_thread_goes_on_it_publishes_nothing(
    publications: Publications, artifacts: ArtifactStore, tmp_path: Path, let_go: threading.Event
):
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(publications.publish(_asked(artifacts)), 0.2)
    let_go.set()
    await asyncio.sleep(0.2)

    assert list((tmp_path / "published/shop").iterdir()) == []


async def test_cancelled_it_takes_away_what_an_attempt_before_it_published(
    publications: Publications, artifacts: ArtifactStore, tmp_path: Path, request: pytest.FixtureRequest
):
    await publications.publish(_asked(artifacts))
    request.getfixturevalue("let_go")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(publications.publish(_asked(artifacts)), 0.2)

    assert list((tmp_path / "published/shop").iterdir()) == []


@pytest.mark.parametrize(("hours", "there"), [(23, True), (25, False)])
async def test_what_a_killed_worker_left_is_swept_after_a_day(
    publications: Publications, artifacts: ArtifactStore, tmp_path: Path, hours: int, there: bool
):
    left = tmp_path / "published/shop/.publishing-x"
    (left / "made").mkdir(parents=True)
    then = time.time() - hours * 3600
    os.utime(left, (then, then))
    await publications.publish(_asked(artifacts))

    assert left.exists() == there
