"""Published results are there whole or not at all, and go without a trace."""

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


def test_a_folder_of_the_execution_holds_the_results(
    publications: Publications, artifacts: ArtifactStore, tmp_path: Path
):
    published = publications.publish(_asked(artifacts))

    assert published.uri == (tmp_path / "published/shop/1").as_uri()
    assert (tmp_path / "published/shop/1/cleaned.csv").read_bytes() == b"a,b\n"
    assert published.files == ["cleaned.csv", "results.json"]


def test_published_again_the_last_stands(
    publications: Publications, artifacts: ArtifactStore, tmp_path: Path
):
    publications.publish(_asked(artifacts, b"old"))
    publications.publish(_asked(artifacts, b"new"))

    assert (tmp_path / "published/shop/1/cleaned.csv").read_bytes() == b"new"
    assert [path.name for path in (tmp_path / "published/shop").iterdir()] == ["1"]


def test_a_missing_artifact_leaves_nothing_half_published(
    publications: Publications, artifacts: ArtifactStore, tmp_path: Path
):
    asked = _asked(artifacts)
    Path(asked.files["cleaned.csv"].uri.removeprefix("file://")).unlink()

    with pytest.raises(ArtifactMissing):
        publications.publish(asked)
    assert list((tmp_path / "published/shop").iterdir()) == []


def test_withdrawn_twice_it_is_gone_once_and_artifacts_stay(
    publications: Publications, artifacts: ArtifactStore
):
    asked = _asked(artifacts)
    published = publications.publish(asked)

    assert [publications.withdraw(published).existed for _ in range(2)] == [True, False]
    assert artifacts.read_bytes(asked.files["cleaned.csv"]) == b"a,b\n"


def test_what_lies_elsewhere_is_not_withdrawn(publications: Publications, tmp_path: Path):
    (tmp_path / "home").mkdir()

    with pytest.raises(PipelineError, match="no publication"):
        publications.withdraw(Published(uri=(tmp_path / "home").as_uri(), files=[]))
    assert (tmp_path / "home").is_dir()


def test_a_name_cannot_lead_out_of_the_folder(
    publications: Publications, artifacts: ArtifactStore, tmp_path: Path
):
    published = publications.publish(_asked(artifacts, execution_id="../../x"))

    assert published.uri == (tmp_path / "published/shop/x").as_uri()
