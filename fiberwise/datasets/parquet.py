"""Parquet: typed columns, each turned into its canonical text."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import polars as pl

from fiberwise.datasets.canonical import as_text
from fiberwise.datasets.columns import checked_names
from fiberwise.datasets.limits import sized
from fiberwise.datasets.source import Source

CELLS = 4_000_000
SAMPLE = 1000
WHOLE = "is the file complete? fetch or make it again"
# A fixed-width value is counted as this many bytes when the size of what a file holds is bounded.
WORD = 8


def parquet_rows(source: Source) -> Iterator[pl.DataFrame]:
    """Frames of text columns; the first is empty. Raises BadInput for a broken or too large file."""
    with _broken_is_refused(source):
        lazy, names = _opened(source)
        yield pl.DataFrame(schema=dict.fromkeys(names, pl.String))
        for frame in _batches(source, lazy, max(1, CELLS // len(names))):
            yield as_text(frame)


def parquet_slices(source: Source, slice_bytes: int) -> Iterator[pl.DataFrame]:
    """The rows as they are, in frames of about `slice_bytes` in memory; at least one. Raises as `parquet_rows`."""
    with _broken_is_refused(source):
        lazy, names = _opened(source)
        held, size = lazy.head(0).collect(), 0
        rows = min(_rows_in(lazy, slice_bytes), max(1, CELLS // len(names)))
        for frame in _batches(source, lazy, rows):
            if size and size + frame.estimated_size() > slice_bytes:
                yield held
                held, size = held.clear(), 0
            held, size = pl.concat([held, frame]), size + max(1, frame.estimated_size())
        yield held


def _rows_in(lazy: pl.LazyFrame, size: int) -> int:
    """About how many rows make up a quarter of `size` bytes, by the first of them: so frames end near it."""
    first = lazy.head(SAMPLE).collect()
    return max(1, size * first.height // (4 * max(1, int(first.estimated_size()))))


@contextmanager
def _broken_is_refused(source: Source) -> Generator[None]:
    if _cut_off(source):
        raise source.refused("is truncated: its Parquet footer is missing", WHOLE)
    try:
        yield
    except pl.exceptions.DuplicateError as error:
        raise source.refused("has duplicate column names", "give every column a name of its own") from error
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, UnicodeDecodeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise source.refused(f"is broken Parquet ({reason})", WHOLE) from error


def _cut_off(source: Source) -> bool:
    with source.path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - 4))
        return size < 12 or stream.read() not in (b"PAR1", b"PARE")


def _opened(source: Source) -> tuple[pl.LazyFrame, list[str]]:
    lazy = pl.scan_parquet(source.path, glob=False)
    return lazy, checked_names(source, lazy.collect_schema().names())


def _batches(source: Source, lazy: pl.LazyFrame, rows: int) -> Iterator[pl.DataFrame]:
    total = 0
    for frame in lazy.collect_batches(chunk_size=rows, maintain_order=True):
        total += max(frame.estimated_size(), frame.height * frame.width * WORD)
        if total > source.limits.max_unpacked_bytes:
            what = f"holds more than {sized(source.limits.max_unpacked_bytes)} when decompressed"
            raise source.refused(what, "raise FIBERWISE_MAX_UNPACKED_BYTES if it may be that large")
        yield frame
