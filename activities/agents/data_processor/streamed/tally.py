"""The different values of a column and how often each occurs: what all figures of a chunk are made of."""

import hashlib
from collections.abc import Sequence

import polars as pl

from activities.agents.data_processor.cells import values_of
from activities.agents.data_processor.texts import LONGEST

MOST, FEWEST = 10_000, 100
CELLS = 1_000_000
"""Of all columns together, so many different values are kept."""

BYTES = 1 << 20
"""Text of one column that is kept."""


def tally(cells: pl.Series, tokens: Sequence[str]) -> pl.DataFrame:
    """Columns `text` and `count` of the values of a column as given, in no order."""
    table = pl.DataFrame({"text": cells}).group_by("text").len("count")
    # Trimmed once counted: many cells are few texts.
    values = values_of(table.select("text"), tokens)["text"]
    found = table.with_columns(pl.col("count").cast(pl.Int64), values).filter(pl.col("text").is_not_null())
    if not (values != table["text"]).any():
        return found
    return found.group_by("text").agg(pl.col("count").sum())


def room(columns: int) -> int:
    """How many different values are kept of each of so many columns."""
    return max(FEWEST, min(MOST, CELLS // max(columns, 1)))


def fits(table: pl.DataFrame, most: int) -> bool:
    """Whether all values can be kept, so that figures stay exact."""
    return table.height <= most and int(table["text"].str.len_bytes().sum()) <= BYTES


def keyed(table: pl.DataFrame) -> pl.DataFrame:
    """With a key in place of each text past what is ever shown: its beginning and its hash."""
    long = table["text"].str.len_chars() > LONGEST
    if not long.any():
        return table
    texts = [_key(text) for text in table["text"].to_list()]
    return table.with_columns(pl.Series("text", texts, dtype=pl.String))


def _key(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}…{hashlib.sha256(text.encode()).hexdigest()}"
