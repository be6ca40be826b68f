"""Reading a data set of any format into text columns; and the check of it, which reads and forgets."""

import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from fiberwise.datasets.columns import check_cells
from fiberwise.datasets.compression import unpacked
from fiberwise.datasets.delimited import delimited
from fiberwise.datasets.encoding import decoded
from fiberwise.datasets.json_rows import json_rows
from fiberwise.datasets.parquet import parquet_rows
from fiberwise.datasets.recognise import recognise
from fiberwise.datasets.source import Facts, How, Source
from fiberwise.datasets.workbook import workbook_rows


@dataclass(frozen=True)
class Table:
    """All rows as text, exactly as given (typed sources: canonical), and what was found out on the way."""

    frame: pl.DataFrame
    facts: Facts


def read_table(source: Source, how: How = How()) -> Table:
    """The whole data set in memory. Raises BadInput, as `check` does."""
    facts = recognise(source)
    return Table(joined(source, _frames(source, how, facts)), facts)


def joined(source: Source, frames: Iterator[pl.DataFrame]) -> pl.DataFrame:
    """All frames of a data set as one, each held to the limits."""
    parts = list(_held_to_limits(source, frames))
    # JSON rows may bring new columns late: those of earlier frames are then null.
    same = all(part.columns == parts[0].columns for part in parts)
    return pl.concat(parts, how="vertical" if same else "diagonal")


def check(source: Source, how: How = How()) -> Facts:
    """Reads all and keeps nothing, in bounded memory; raises BadInput for what `read_table` would refuse."""
    facts = recognise(source)
    for _ in _held_to_limits(source, _frames(source, how, facts)):
        pass
    return facts


def _held_to_limits(source: Source, frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    rows = 0
    for frame in frames:
        check_cells(source, frame, rows + 1)
        rows += frame.height
        yield frame


def _frames(source: Source, how: How, facts: Facts) -> Iterator[pl.DataFrame]:
    if facts.format in ("parquet", "xlsx"):
        with seekable(source, facts) as plain:
            yield from parquet_rows(plain) if facts.format == "parquet" else workbook_rows(plain, how.sheet)
        return
    texts = decoded(source, unpacked(source, facts.compression), facts)
    if facts.format in ("json", "jsonl"):
        yield from json_rows(source, texts, facts)
    else:
        yield from delimited(source, texts, how, facts)


@contextmanager
def seekable(source: Source, facts: Facts) -> Generator[Source]:
    """Parquet and XLSX are read from their end: compressed, they are decompressed into a file first."""
    if facts.compression is None:
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="fiberwise-") as folder:
        path = Path(folder) / "unpacked"
        with path.open("wb") as sink:
            sink.writelines(unpacked(source, facts.compression))
        yield replace(source, path=path)
