"""The artifact store: content-addressed files under one fsspec URL, written atomically, verified on read."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from fiberwise.contracts.dataset import Artifact
from fiberwise.contracts.errors import ArtifactCorrupt, ArtifactMissing

BLOCK = 1 << 20


class Files(Protocol):
    """What we use of an fsspec file system, which has no types of its own."""

    protocol: str | tuple[str, ...]

    def open(self, path: str, mode: str) -> BinaryIO: ...
    def exists(self, path: str) -> bool: ...
    def size(self, path: str) -> int: ...
    def unstrip_protocol(self, name: str) -> str: ...


def files_at(url: str) -> tuple[Files, str]:
    """The file system of an fsspec URL or a local path, and the path in it.

    Raises ValueError for a scheme that is not known, ImportError for one whose package is not installed.
    """
    import fsspec.core  # pyright: ignore[reportMissingTypeStubs]

    return fsspec.core.url_to_fs(url)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


class ArtifactStore:
    """Puts and gets files by content. Synchronous: call it from a child process or a thread.

    `url` is any fsspec URL or a plain folder. Layout: `<url>/<first two hex digits>/<sha256>.<suffix>`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._fs, self._root = files_at(url)
        self._local = "file" in self._fs.protocol

    def put_bytes(self, data: bytes, format: str, suffix: str | None = None) -> Artifact:
        """Stores `data`; the same bytes stored again are written once."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256, suffix or format)
        if not self._has(path):
            with self._replacing(path) as sink:
                sink.write(data)
        return Artifact(uri=self._uri(path), format=format, bytes=len(data), sha256=sha256)

    def put_file(self, source: Path, format: str, suffix: str | None = None) -> Artifact:
        """Stores a copy of a local file."""
        sha256 = hash_file(source)
        path = self._path(sha256, suffix or format)
        if not self._has(path):
            with self._replacing(path) as sink, source.open("rb") as stream:
                shutil.copyfileobj(stream, sink, BLOCK)
        return Artifact(uri=self._uri(path), format=format, bytes=source.stat().st_size, sha256=sha256)

    @contextmanager
    def staged(self) -> Generator[Path]:
        """A folder, gone afterwards, for files that `adopt` moves in: on the store's own disk, if local."""
        if self._local:
            Path(self._root).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=".staged-", dir=self._root if self._local else None
        ) as folder:
            yield Path(folder)

    def adopt(
        self, path: Path, format: str, suffix: str | None = None, sha256: str | None = None
    ) -> Artifact:
        """Moves a staged file in; `sha256` saves a reading of it where the caller has hashed it already."""
        sha256 = sha256 or hash_file(path)
        target, size = self._path(sha256, suffix or format), path.stat().st_size
        if not self._local:
            return self.put_file(path, format, suffix)
        if not self._has(target):
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
        return Artifact(uri=self._uri(target), format=format, bytes=size, sha256=sha256)

    def known(self, uri: str) -> Artifact:
        """The reference to a file of this store, from its URI. Raises ArtifactMissing."""
        sha256, _, suffix = uri.rsplit("/", 1)[-1].partition(".")
        try:
            size = self._fs.size(files_at(uri)[1])
        except FileNotFoundError as error:
            raise self._missing(uri) from error
        return Artifact(uri=uri, format=suffix.split(".")[0], bytes=size, sha256=sha256)

    @contextmanager
    def fetched(self, artifact: Artifact) -> Generator[Path]:
        """A local path to the artifact's verified bytes, valid inside the block.

        Raises ArtifactMissing, and ArtifactCorrupt when the bytes do not have the stated hash.
        """
        if self._local and self.owns(artifact.uri):
            path = Path(files_at(artifact.uri)[1])
            if not path.is_file():
                raise self._missing(artifact.uri)
            self._verify(path, artifact)
            yield path
            return
        with tempfile.TemporaryDirectory(prefix="fiberwise-") as folder:
            path = Path(folder) / artifact.uri.rsplit("/", 1)[-1]
            self._download(artifact.uri, path)
            self._verify(path, artifact)
            yield path

    def read_bytes(self, artifact: Artifact) -> bytes:
        """The artifact's verified bytes. Raises as `fetched`."""
        with self.fetched(artifact) as path:
            return path.read_bytes()

    def read_range(self, uri: str, offset: int, size: int, sha256: str) -> bytes:
        """`size` bytes of a file of this store from `offset`, of which alone the hash is given; no more is fetched.

        Raises as `fetched`.
        """
        if not self.owns(uri):
            raise self._missing(uri)
        try:
            with self._fs.open(files_at(uri)[1], "rb") as stream:
                stream.seek(offset)
                data = stream.read(size)
        except FileNotFoundError as error:
            raise self._missing(uri) from error
        found = hashlib.sha256(data).hexdigest()
        if found != sha256:
            raise _corrupt(f"{uri}, bytes {offset:,} to {offset + size:,},", uri, found, sha256)
        return data

    def verify(self, uri: str) -> None:
        """Raises ArtifactMissing for what is no file of this store, ArtifactCorrupt for bytes of another hash.

        Of a remote file only whether it is there: to hash it, it would have to be fetched.
        """
        if not self.owns(uri):
            raise self._missing(uri)
        artifact = self.known(uri)
        if self._local:
            self._verify(Path(files_at(uri)[1]), artifact)

    def owns(self, uri: str) -> bool:
        """Whether a URI is a file of this store."""
        return uri.startswith(self._uri(self._root).rstrip("/") + "/")

    def _has(self, path: str) -> bool:
        """Whether it is there already; then it is as young as if it were stored now, and `clean` leaves it alone."""
        if not self._local:
            return self._fs.exists(path)
        try:
            os.utime(path)
        except FileNotFoundError:
            return False
        return True

    def _download(self, uri: str, path: Path) -> None:
        try:
            files, there = files_at(uri)
            with files.open(there, "rb") as stream, path.open("wb") as sink:
                shutil.copyfileobj(stream, sink, BLOCK)
        except FileNotFoundError as error:
            raise self._missing(uri) from error

    def _missing(self, uri: str) -> ArtifactMissing:
        hint = (
            "run again with the source file; was the state folder cleaned, or is the store another worker's?"
        )
        return ArtifactMissing(f"the artifact store has no {uri}", where=self.url, hint=hint)

    def _verify(self, path: Path, artifact: Artifact) -> None:
        found = hash_file(path)
        if found != artifact.sha256:
            raise _corrupt(artifact.uri, artifact.uri, found, artifact.sha256)

    def _path(self, sha256: str, suffix: str) -> str:
        return f"{self._root.rstrip('/')}/{sha256[:2]}/{sha256}.{suffix}"

    def _uri(self, path: str) -> str:
        return self._fs.unstrip_protocol(path)

    @contextmanager
    def _replacing(self, path: str) -> Generator[BinaryIO]:
        """Write beside, then move into place: a reader never sees half a file (a remote put is atomic)."""
        if not self._local:
            with self._fs.open(path, "wb") as sink:
                yield sink
            return
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=target.parent, prefix=".partial-")
        try:
            with os.fdopen(handle, "wb") as sink:
                yield sink
            os.replace(partial, target)
        finally:
            Path(partial).unlink(missing_ok=True)


def _corrupt(what: str, uri: str, found: str, stated: str) -> ArtifactCorrupt:
    message = f"{what} has sha256 {found[:12]}…, its reference says {stated[:12]}…"
    return ArtifactCorrupt(
        message, where=uri, hint="the file was changed or damaged: remove it and run again"
    )


def hash_file(path: Path) -> str:
    """The sha256 of a file, in lower-case hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
