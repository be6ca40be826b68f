"""Fetching a data set from wherever the user says it is, once, hashed and counted on the way."""

import errno
import hashlib
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from fiberwise.contracts.dataset import Artifact
from fiberwise.contracts.errors import BadInput, ServiceUnavailable
from fiberwise.datasets.limits import MIB, Limits, sized
from fiberwise.datasets.recognise import recognise
from fiberwise.datasets.source import Source
from fiberwise.store.artifacts import ArtifactStore, files_at

STDIN = "-"


def fetch(source: str, target: Path, limits: Limits) -> str:
    """Copies a local path, an fsspec URI or (`-`) standard input to `target`; returns the sha256.

    Raises BadInput where there is no such file or it is too large, ServiceUnavailable where it cannot be had.
    """
    digest, total = hashlib.sha256(), 0
    with _opened(source) as stream, target.open("wb") as sink:
        while block := _read(source, stream):
            total += len(block)
            if total > limits.max_bytes:
                hint = "raise FIBERWISE_MAX_BYTES if it may be that large"
                raise BadInput(f"{source} is larger than {sized(limits.max_bytes)}", where=source, hint=hint)
            digest.update(block)
            sink.write(block)
    return digest.hexdigest()


def arrive(source: str, store: ArtifactStore, limits: Limits) -> Artifact:
    """Copies a data set into the store, byte for byte as given, of which only the beginning is looked at.

    Raises as `fetch`, and BadInput for a format that is not read.
    """
    with store.staged() as folder:
        path = folder / "arriving"
        sha256 = fetch(source, path, limits)
        facts = recognise(Source(path, "standard input" if source == STDIN else source, limits))
        return store.adopt(path, facts.format, facts.suffix, sha256)


@contextmanager
def _opened(source: str) -> Generator[BinaryIO]:
    if source == STDIN:
        if sys.stdin is None:
            raise BadInput("standard input is closed", where=STDIN, hint="pipe the data in, or name a file")
        yield sys.stdin.buffer
        return
    try:
        stream = _remote(source) if "://" in source else Path(source).expanduser().open("rb")
    except (OSError, ImportError, ValueError) as error:
        raise _why(source, error) from error
    with stream:
        yield stream


def _remote(source: str) -> BinaryIO:
    files, path = files_at(source)
    return files.open(path, "rb")


def _read(source: str, stream: BinaryIO) -> bytes:
    try:
        return stream.read(MIB)
    except OSError as error:
        raise _why(source, error) from error


def _why(source: str, error: Exception) -> BadInput | ServiceUnavailable:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            what, hint = f"there is no {source}", "check the path; relative ones start at the current folder"
        case IsADirectoryError():
            what, hint = f"{source} is a directory", "name one file in it"
        case PermissionError():
            what, hint = (
                f"no permission to read {source}",
                "check the file's mode and owner, or your credentials",
            )
        case ImportError():
            what, hint = f"{source} needs a package that is not installed", str(error)
        case ValueError():
            what, hint = (
                f"{source} cannot be opened: {error}",
                "give a path, or a URI such as s3://bucket/file.csv",
            )
        case OSError(errno=errno.ENAMETOOLONG):
            what, hint = (
                f"{source[:80]}… is no path: it is too long",
                "give a path or URI, not the data itself",
            )
        case _:
            message = f"{source} cannot be reached: {error or type(error).__name__}"
            return ServiceUnavailable(message, where=source, hint="is the address right, and the network up?")
    return BadInput(what, where=source, hint=hint)
