"""Parquet: typed columns, each turned into its canonical text."""

from collections.abc import Iterator

import polars as pl

from fiberwise.datasets.canonical import as_text
from fiberwise.datasets.columns import checked_names
from fiberwise.datasets.limits import sized
from fiberwise.datasets.source import Source

CELLS = 4_000_000
WHOLE = "is the file complete? fetch or make it again"
# A fixed-width value is counted as this many bytes when the size of what a file holds is bounded.
WORD = 8


def parquet_rows(source: Source) -> Iterator[pl.DataFrame]:
    """Frames of text columns; the first is empty. Raises BadInput for a broken or too large file."""
    if _cut_off(source):
        raise source.refused("is truncated: its Parquet footer is missing", WHOLE)
    try:
        yield from _parts(source)
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


def _parts(source: Source) -> Iterator[pl.DataFrame]:
    lazy = pl.scan_parquet(source.path, glob=False)
    schema = lazy.collect_schema()
    names = checked_names(source, schema.names())
    yield pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    total = 0
    for frame in lazy.collect_batches(chunk_size=max(1, CELLS // len(names)), maintain_order=True):
        total += max(frame.estimated_size(), frame.height * frame.width * WORD)
        if total > source.limits.max_unpacked_bytes:
            what = f"holds more than {sized(source.limits.max_unpacked_bytes)} when decompressed"
            raise source.refused(what, "raise FIBERWISE_MAX_UNPACKED_BYTES if it may be that large")
        yield as_text(frame)
