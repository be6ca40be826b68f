import os
import time
from pathlib import Path

import pytest

from fiberwise.contracts.errors import ArtifactCorrupt, ArtifactMissing
from fiberwise.store.artifacts import ArtifactStore, hash_file

DATA = b"some bytes"


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(
        str(tmp_path / "store") if request.param == "folder" else f"memory://{tmp_path.name}"
    )


@pytest.fixture
def folder(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "store"))


def kept(store: ArtifactStore) -> list[Path]:
    return [path for path in Path(store.url).rglob("*") if path.is_file()]


def test_what_was_put_is_fetched_as_it_was(store: ArtifactStore, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(DATA)
    by_bytes, by_file = store.put_bytes(DATA, "csv", "csv.gz"), store.put_file(path, "csv", "csv.gz")
    assert by_bytes == by_file
    assert by_bytes.uri.endswith(f"/{by_bytes.sha256[:2]}/{by_bytes.sha256}.csv.gz")
    assert (by_bytes.format, by_bytes.bytes, by_bytes.sha256) == ("csv", len(DATA), hash_file(path))
    with store.fetched(by_bytes) as local:
        assert local.read_bytes() == DATA


def test_a_staged_file_is_moved_in_and_its_folder_goes(store: ArtifactStore) -> None:
    with store.staged() as place:
        (place / "new").write_bytes(DATA)
        artifact = store.adopt(place / "new", "csv")
    assert not place.exists()
    assert artifact == store.put_bytes(DATA, "csv")
    with store.fetched(artifact) as local:
        assert local.read_bytes() == DATA


def test_a_staged_file_in_a_folder_is_moved_without_a_copy(folder: ArtifactStore) -> None:
    with folder.staged() as place:
        (place / "new").write_bytes(DATA)
        inode = (place / "new").stat().st_ino
        folder.adopt(place / "new", "csv")
    assert [path.stat().st_ino for path in kept(folder)] == [inode]


def test_a_staged_file_that_is_not_adopted_is_gone(folder: ArtifactStore) -> None:
    with folder.staged() as place:
        (place / "new").write_bytes(DATA)
    assert kept(folder) == []


def test_the_same_bytes_are_written_once(folder: ArtifactStore, tmp_path: Path) -> None:
    folder.put_bytes(DATA, "csv")
    [path] = kept(folder)
    before = path.stat()
    folder.put_bytes(DATA, "csv")
    with folder.staged() as place:
        (place / "new").write_bytes(DATA)
        folder.adopt(place / "new", "csv")
    after = path.stat()
    assert before.st_ino == after.st_ino
    assert kept(folder) == [path]


def test_what_is_stored_again_is_as_young_as_what_is_new_so_that_cleaning_leaves_it(
    folder: ArtifactStore,
) -> None:
    folder.put_bytes(DATA, "csv")
    [path] = kept(folder)
    os.utime(path, (0, 0))
    folder.put_bytes(DATA, "csv")
    assert path.stat().st_mtime > time.time() - 60


def test_a_put_that_fails_halfway_leaves_nothing(folder: ArtifactStore, tmp_path: Path) -> None:
    def interrupted() -> None:
        with folder._replacing(str(Path(folder.url) / "ab" / "abc.csv")) as sink:
            sink.write(DATA)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert kept(folder) == []


def test_changed_bytes_are_noticed_when_read(folder: ArtifactStore) -> None:
    artifact = folder.put_bytes(DATA, "csv")
    kept(folder)[0].write_bytes(b"other bytes")
    with pytest.raises(ArtifactCorrupt, match="its reference says"), folder.fetched(artifact):
        pytest.fail("corrupt bytes were handed out")


def test_a_missing_artifact_is_told_with_what_may_have_happened(store: ArtifactStore) -> None:
    artifact = store.put_bytes(DATA, "csv").model_copy(update={"uri": store.put_bytes(b"x", "csv").uri + "x"})
    with pytest.raises(ArtifactMissing) as caught, store.fetched(artifact):
        pytest.fail("a missing artifact was handed out")
    assert "was the state folder cleaned" in caught.value.hint
    with pytest.raises(ArtifactMissing):
        store.known(artifact.uri)


def test_a_uri_of_the_store_is_known_again(store: ArtifactStore, tmp_path: Path) -> None:
    artifact = store.put_bytes(DATA, "csv", "csv.gz")
    assert store.owns(artifact.uri)
    assert store.known(artifact.uri) == artifact
    assert not store.owns(str(tmp_path / "elsewhere.csv"))
    assert not store.owns(store.url + "-two/file.csv")
