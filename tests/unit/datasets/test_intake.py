import errno
import gzip
import io
import sys
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from fiberwise.contracts.errors import ArtifactMissing, BadInput, ServiceUnavailable
from fiberwise.datasets.intake import take_in
from fiberwise.datasets.limits import Limits
from fiberwise.store.artifacts import ArtifactStore, hash_file

CSV = b"a,b\n1,2\n"


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "store"))


def files(store: ArtifactStore) -> list[Path]:
    return [path for path in Path(store.url).rglob("*") if path.is_file()]


def test_a_file_is_taken_in_byte_for_byte_under_its_hash(tmp_path, store) -> None:
    path = tmp_path / "data.txt"
    path.write_bytes(gzip.compress(CSV))
    artifact = take_in(str(path), store, Limits())
    assert (artifact.format, artifact.bytes, artifact.sha256) == ("csv", path.stat().st_size, hash_file(path))
    assert artifact.uri.endswith(f"/{artifact.sha256}.csv.gz")
    with store.fetched(artifact) as kept:
        assert kept.read_bytes() == path.read_bytes()
    assert path.exists()


def test_the_same_data_taken_in_again_is_there_once(tmp_path, store) -> None:
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_bytes(CSV)
        take_in(str(tmp_path / name), store, Limits())
    assert len(files(store)) == 1


def test_what_is_in_the_store_is_not_copied_again(tmp_path, store) -> None:
    artifact = store.put_bytes(CSV, "csv")
    assert take_in(artifact.uri, store, Limits()) == artifact
    assert len(files(store)) == 1
    with pytest.raises(ArtifactMissing):
        take_in(artifact.uri.replace(artifact.sha256, "0" * 64), store, Limits())


def test_refused_data_leaves_nothing_in_the_store(tmp_path, store) -> None:
    (tmp_path / "x.csv").write_bytes(b"a,b\n1\n")
    with pytest.raises(BadInput, match=r"x\.csv: line 2 has 1 cell"):
        take_in(str(tmp_path / "x.csv"), store, Limits())
    assert files(store) == []
    assert take_in(str(tmp_path / "x.csv"), store, Limits(), on_bad_rows="set_aside").format == "csv"


def test_any_fsspec_uri_and_standard_input_are_sources(store, monkeypatch) -> None:
    with fsspec.open("memory://in/data.csv", "wb") as sink:
        sink.write(CSV)
    by_uri = take_in("memory://in/data.csv", store, Limits())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CSV)))
    assert take_in("-", store, Limits()) == by_uri


def test_bad_standard_input_is_named_so(store, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(BadInput, match=r"standard input: is empty \(0 bytes\)"):
        take_in("-", store, Limits())


def test_a_store_elsewhere_takes_data_in_too(tmp_path) -> None:
    store = ArtifactStore("memory://elsewhere")
    (tmp_path / "x.csv").write_bytes(CSV)
    artifact = take_in(str(tmp_path / "x.csv"), store, Limits())
    assert take_in(artifact.uri, store, Limits()) == artifact
    with store.fetched(artifact) as path:
        assert path.read_bytes() == CSV


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("no/such.csv", "there is no no/such.csv"),
        ("memory://no/such.csv", "there is no memory://no/such.csv"),
        (".", ". is a directory"),
        ("nonsense://x.csv", "nonsense://x.csv cannot be opened"),
        ("a,b\n" * 2000, "is no path: it is too long"),
        ("x\0y", "cannot be opened"),
    ],
)
def test_a_source_that_is_not_there_is_refused_by_name(store, source: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        take_in(source, store, Limits())
    assert message in str(caught.value)
    assert caught.value.hint


def test_a_file_that_may_not_be_read_is_refused(store, monkeypatch) -> None:
    class Locked(MemoryFileSystem):
        protocol = "locked"

        def open(self, path: str, mode: str = "rb", **_: object) -> io.BytesIO:
            raise PermissionError(errno.EACCES, "no", path)

    fsspec.register_implementation("locked", Locked, clobber=True)
    with pytest.raises(BadInput, match=r"no permission to read locked://x\.csv"):
        take_in("locked://x.csv", store, Limits())


def test_a_package_that_a_uri_needs_is_asked_for(store) -> None:
    with pytest.raises(BadInput, match=r"s3://bucket/x\.csv needs a package that is not installed") as caught:
        take_in("s3://bucket/x.csv", store, Limits())
    assert "s3fs" in caught.value.hint


def test_a_source_that_cannot_be_reached_may_be_tried_again(store) -> None:
    class Line(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise TimeoutError

    class Far(MemoryFileSystem):
        protocol = "far"

        def open(self, path: str, mode: str = "rb", **_: object) -> io.BytesIO:
            if "down" in path:
                raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")
            return Line()

    fsspec.register_implementation("far", Far, clobber=True)
    for source in ("far://down.csv", "far://slow.csv"):
        with pytest.raises(ServiceUnavailable, match=f"{source} cannot be reached") as caught:
            take_in(source, store, Limits())
        assert caught.value.retryable


def test_more_bytes_than_the_limit_are_not_even_read(store, monkeypatch) -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size: int = -1) -> bytes:
            self.taken += size
            return b"x" * size

    stream = Endless()
    monkeypatch.setattr(sys, "stdin", type("Stdin", (), {"buffer": stream}))
    with pytest.raises(BadInput, match="is larger than 3 MiB"):
        take_in("-", store, Limits(max_bytes=3 << 20))
    assert stream.taken <= 4 << 20
