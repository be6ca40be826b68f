"""Some rows of a table, column by column."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

CELLS = 200_000
"""Cells of a block, about."""

HEAD = 5
"""Rows of a block that are also at hand whole."""

Row = dict[str, str | None]


class Block(NamedTuple):
    """`columns` are the cells of each in order, without those where nothing stood; `head` are the first rows."""

    rows: int
    columns: Mapping[str, Sequence[str]]
    head: Sequence[Row]
