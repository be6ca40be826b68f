"""Cutting text: CSV where a record ends, JSON Lines where a line does."""

import codecs
import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import BinaryIO, NamedTuple

from fiberwise.contracts.dataset import Artifact
from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.stream import RawChunk
from fiberwise.datasets.compression import unpacked
from fiberwise.datasets.delimited import column_names
from fiberwise.datasets.encoding import decoded
from fiberwise.datasets.limits import MIB, sized
from fiberwise.datasets.records import Records, line_ends
from fiberwise.datasets.source import Facts, Source
from fiberwise.store.artifacts import ArtifactStore

MARKS = {"utf-8": b"", "utf-8-sig": codecs.BOM_UTF8}
"""The encodings in which a file need not be written anew, and how many bytes of it are no text."""


class Span(NamedTuple):
    """Whole records of a text in UTF-8: where, how many bytes with which hash, and on which line (from 1)."""

    offset: int
    bytes: int
    sha256: str
    line: int


def cut_text(
    source: Source, artifact: Artifact, store: ArtifactStore, facts: Facts, chunk_bytes: int
) -> tuple[list[RawChunk], tuple[str, ...] | None]:
    """The chunks, and the names of the columns where a header states them. Raises BadInput."""
    texts = decoded(source, unpacked(source, facts.compression), facts)
    names, records = None, Records.lines()
    if facts.format == "csv":
        found, texts = _header(source, texts, facts)
        names, records = tuple(found), Records.delimited(facts.delimiter or ",")
    with store.staged() as folder, ExitStack() as files:
        copy = _Copy(source, facts, folder / "text", files)
        spans = list(cut_spans(source, copy.passing(texts), records, chunk_bytes))
        files.close()
        held = store.adopt(copy.path, facts.format) if copy.sink else artifact
    mark = 0 if copy.sink else len(MARKS[facts.encoding or "utf-8"])
    return [_chunk(number, held, facts, span, mark) for number, span in enumerate(spans)], names


def cut_spans(source: Source, blocks: Iterator[bytes], records: Records, least: int) -> Iterator[Span]:
    """Spans of `least` bytes and what it takes to end a record; only empty lines at the end are in none."""
    held, offset, line = bytearray(), 0, 1
    for block, last in _and_last(blocks):
        held += block
        at = 0
        for end in _ends(held, records, least, last):
            yield _span(held, at, end, offset, line)
            line += line_ends(held, at, end)
            at, offset = end, offset + end - at
        del held[:at]
        if len(held) > least + source.limits.max_row_bytes:
            raise _unending(source, held, records, line)


def _ends(held: bytearray, records: Records, least: int, last: bool) -> Iterator[int]:
    """Where spans end within what is held; the last one takes all but empty lines."""
    at = 0
    while end := records.end_after(held, at, least, last):
        yield end
        at = end
    if last and held[at:].strip(b"\r\n"):
        yield len(held)


def _span(held: bytearray, start: int, end: int, offset: int, line: int) -> Span:
    with memoryview(held) as whole, whole[start:end] as data:
        return Span(offset, len(data), hashlib.sha256(data).hexdigest(), line)


def _and_last(blocks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    return chain(((block, False) for block in blocks), ((b"", True),))


def _header(source: Source, texts: Iterator[str], facts: Facts) -> tuple[list[str], Iterator[str]]:
    """The names of the columns, and the texts as if none had been read."""
    read: list[str] = []

    def noted() -> Iterator[str]:
        for text in texts:
            read.append(text)
            yield text

    return column_names(source, noted(), facts), chain(read, texts)


class _Copy:
    """The text as UTF-8 in a file of its own (`sink`), unless the source file is just that."""

    def __init__(self, source: Source, facts: Facts, path: Path, files: ExitStack) -> None:
        self.source, self.facts, self.path, self.files = source, facts, path, files
        self.sink: BinaryIO | None = None

    def passing(self, texts: Iterator[str]) -> Iterator[bytes]:
        passed = 0
        for text in texts:
            block = text.encode()
            if self.sink is None and (self.facts.compression or self.facts.encoding not in MARKS):
                self.sink = self._begun(passed)
            if self.sink:
                self.sink.write(block)
            passed += len(block)
            yield block

    def _begun(self, passed: int) -> BinaryIO:
        """The encoding shows with the first letter beyond ASCII: up to there the source is as its copy has to be."""
        sink = self.files.enter_context(self.path.open("wb"))
        if passed:
            with self.source.path.open("rb") as stream:
                while passed and (block := stream.read(min(passed, MIB))):
                    sink.write(block)
                    passed -= len(block)
        return sink


def _chunk(number: int, held: Artifact, facts: Facts, span: Span, mark: int) -> RawChunk:
    return RawChunk(
        number=number,
        uri=held.uri,
        format=facts.format,
        offset=span.offset + mark,
        bytes=span.bytes,
        sha256=span.sha256,
        first_line=span.line,
    )


def _unending(source: Source, held: bytearray, records: Records, line: int) -> BadInput:
    """A record that does not end must not fill the memory."""
    limit = sized(source.limits.max_row_bytes)
    opens = records.outside(held, 0, len(held))
    at = line + line_ends(held, 0, opens)
    if opens < len(held):
        hint = 'close it, or double a lone " in a cell'
        return source.refused(f"opens a quote that is not closed within {limit}", hint, at)
    return source.refused(f"is longer than {limit}", "is it a table, with a record on each line?", at)
