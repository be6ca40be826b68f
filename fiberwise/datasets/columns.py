"""Frames of text columns: their making, and what every data set's columns and cells are held to."""

import gc
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager

import polars as pl

from fiberwise.contracts.errors import BadInput
from fiberwise.datasets.limits import sized
from fiberwise.datasets.source import Source

Cell = str | None


def text_frame(rows: Sequence[Sequence[Cell]], names: Sequence[str]) -> pl.DataFrame:
    """Rows of as many cells as there are names, as a frame."""
    columns: Iterable[Sequence[Cell]] = zip(*rows, strict=True) if rows else ((),) * len(names)
    # By a dictionary: in a list of series one without a name would be given another.
    return pl.DataFrame(
        dict(zip(names, (pl.Series(cells, dtype=pl.String) for cells in columns), strict=True))
    )


def checked_names(source: Source, names: Sequence[str], line: int | None = None) -> list[str]:
    """The names, if there are any and each is there once; raises BadInput."""
    if not names:
        raise no_columns(source)
    places: dict[str, int] = {}
    for place, name in enumerate(names, 1):
        if name in places:
            both = f"columns {places[name]} and {place}"
            what = (
                f"duplicate column names: {both} are both named {name!r}" if name else f"{both} have no name"
            )
            raise source.refused(what, "give every column a name of its own", line)
        places[name] = place
    return list(names)


def no_columns(source: Source) -> BadInput:
    return source.refused("has no columns", "a data set needs a header with at least one column")


def check_cells(source: Source, frame: pl.DataFrame, first_row: int) -> None:
    """Raises BadInput for a cell past the limit, naming column and row (from 1, without the header)."""
    limit = source.limits.max_cell_bytes
    if frame.estimated_size() <= limit:
        return
    for column in frame.iter_columns():
        widths = column.str.len_bytes()
        if (at := widths.arg_max()) is not None and widths[at] > limit:
            cell = f"column {column.name!r}, row {first_row + at} has a cell of {sized(widths[at])}"
            what = f"{cell}, past the limit of {sized(limit)}"
            raise source.refused(what, "raise FIBERWISE_MAX_CELL_BYTES if it may be that large")


@contextmanager
def no_search_for_cycles() -> Generator[None]:
    """Making a list or object for each row sets off the collector again and again, for half of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
