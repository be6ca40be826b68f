"""Rows that are equal to others of any chunk, found by 128 bits of hash, a part of all hashes at a time."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (polars' own types leave out what some of its calls give)

import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import polars as pl

from fiberwise.contracts.dataset import Artifact
from fiberwise.store.artifacts import ArtifactStore

AT_ONCE = 500_000
"""Rows whose hashes are in memory at the same time, about."""

GROUP = 16_384
"""Rows of a row group: what lies outside of a range of hashes or rows is skipped by its statistics."""

SPACE = 1 << 64


def row_hashes(cells: pl.DataFrame, rows: pl.Series, content: str) -> pl.DataFrame:
    """Columns `high`, `low` (the hash of each row) and `row`; null and empty text differ.

    Seeded by the hash of what the rows are of, so that nobody can make rows that fall together.
    """
    seeds = (int(content[:16], 16), int(content[16:32], 16))
    high, low = (cells.hash_rows(seed) for seed in seeds)
    return pl.DataFrame({"high": high, "low": low, "row": rows})


def keep(store: ArtifactStore, table: pl.DataFrame, by: str) -> Artifact:
    """Stores a table in the order of one of its columns, ranges of which can then be read alone."""
    with store.staged() as folder:
        write(folder / "table", table, by)
        return store.adopt(folder / "table", "parquet")


def write(path: Path, table: pl.DataFrame, by: str) -> None:
    table.sort(by).write_parquet(path, compression="lz4", statistics=True, row_group_size=GROUP)


@contextmanager
def at_hand(store: ArtifactStore, files: Iterable[Artifact]) -> Generator[list[Path]]:
    """Local paths of artifacts. Raises ArtifactMissing and ArtifactCorrupt."""
    with ExitStack() as stack:
        yield [stack.enter_context(store.fetched(file)) for file in files]


@contextmanager
def scratch() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="fiberwise-") as folder:
        yield Path(folder)


def in_ranges(paths: Sequence[Path], rows: int) -> Iterator[pl.DataFrame]:
    """All of the tables, a range of hashes at a time, in their order and that of the rows."""
    ranges = max(1, -(-rows // AT_ONCE))
    for part in range(ranges if paths else 0):
        start, end = (SPACE * edge // ranges for edge in (part, part + 1))
        high = pl.col("high").is_between(pl.lit(start, pl.UInt64), pl.lit(end - 1, pl.UInt64))
        yield _read(paths, high).sort("high", "low", "row")


def again(sorted_rows: pl.DataFrame) -> pl.Series:
    """Which rows have the hash of the one above."""
    hashes = (sorted_rows.get_column(name) for name in ("high", "low"))
    high, low = (column.eq_missing(column.shift(1)) for column in hashes)
    return high & low


def later_ones(paths: Sequence[Path], rows: int) -> Iterator[pl.DataFrame]:
    """Columns `row`, of each that repeats one above it, and `first`, which it repeats."""
    for table in in_ranges(paths, rows):
        repeats = again(table)
        first = table["row"].set(repeats, None).forward_fill()
        yield table.select("row").with_columns(first=first).filter(repeats)


def all_alike(paths: Sequence[Path], rows: int) -> Iterator[pl.DataFrame]:
    """Columns `high`, `low` and `row` of those of which there are several."""
    for table in in_ranges(paths, rows):
        repeats = again(table)
        yield table.filter(repeats | repeats.shift(-1, fill_value=False))


def by_chunk(
    folder: Path, tables: Iterator[pl.DataFrame], ranges: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, pl.DataFrame]]:
    """Tables with a column `row` put in order of chunks: the number of each that has some rows, and these.

    `ranges` are the first row of each chunk and that after its last.
    """
    paths = list[Path]()
    for number, table in enumerate(tables):
        if table.height:
            paths.append(folder / f"{number}.parquet")
            write(paths[-1], table, "row")
    for number, (start, end) in enumerate(ranges if paths else ()):
        rows = _read(paths, pl.col("row").is_between(start, end - 1)).sort("row")
        if rows.height:
            yield number, rows


def _read(paths: Sequence[Path], within: pl.Expr) -> pl.DataFrame:
    # The streaming engine takes the more memory here.
    return pl.scan_parquet(list(paths), glob=False).filter(within).collect(engine="in-memory")
