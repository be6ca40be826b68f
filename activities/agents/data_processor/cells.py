"""Cells as the figures see them: trimmed, and null where a token says that there is no value."""

import sys
from collections.abc import Iterable, Sequence

import polars as pl

from fiberwise.contracts.dataset import Artifact
from fiberwise.store.artifacts import ArtifactStore

# What Python's str.strip takes off; polars alone would leave the separators U+001C to U+001F.
WHITE_SPACE = "".join(char for char in map(chr, range(sys.maxunicode + 1)) if char.isspace())


def read_cells(store: ArtifactStore, table: Artifact) -> pl.DataFrame:
    """All cells as given: text columns in source order, null where nothing stood.

    Raises ArtifactMissing and ArtifactCorrupt.
    """
    with store.fetched(table) as path:
        return pl.read_parquet(path, memory_map=False)


def picked(cells: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """The columns of these very names: polars' own `select` takes `*` and `^x$` for patterns."""
    return cells.select(map(cells.get_column, names))


def trimmed(cells: pl.DataFrame) -> pl.DataFrame:
    """Without surrounding white space."""
    return cells.select(pl.all().str.strip_chars(WHITE_SPACE))


def nulled(cells: pl.DataFrame, tokens: Sequence[str]) -> pl.DataFrame:
    """With null in place of each cell that is a null token."""
    return cells.select(pl.when(~is_token(pl.all(), tokens)).then(pl.all()))


def is_token(cell: pl.Expr, tokens: Sequence[str]) -> pl.Expr:
    return cell.is_in([token.strip() for token in tokens])


def values_of(cells: pl.DataFrame, tokens: Sequence[str]) -> pl.DataFrame:
    """The values that all figures are of."""
    return nulled(trimmed(cells), tokens)
