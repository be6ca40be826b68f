"""Mode transform: cleans a data set by declared rules, and keeps beside it what they took out."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (polars names numpy in its types, and numpy is not installed)

import tempfile
from pathlib import Path

import polars as pl

from activities.agents.data_processor.cells import read_cells
from activities.agents.data_processor.naming import free_name
from activities.agents.data_processor.rules import APPLY, Work
from fiberwise.contracts.cleaning import CleanedTable, Cleaning, Rule, Transform
from fiberwise.contracts.dataset import Artifact, SetAside
from fiberwise.store.artifacts import ArtifactStore

ROW_GROUP = 262_144
"""Rows of a row group: fixed, since the same input must give the same bytes."""


def clean_dataset(cleaning: Cleaning, store_url: str) -> Transform:
    """Runs the asked rules in their fixed order, and stores the cleaned rows and those taken out as Parquet.

    Raises ArtifactMissing and ArtifactCorrupt.
    """
    store = ArtifactStore(store_url)
    source = read_cells(store, cleaning.dataset.whole)
    work = Work(source, tuple(token.strip() for token in cleaning.null_tokens), cleaning.rules)
    for rule in Rule:
        if rule in cleaning.rules:
            APPLY[rule](work)
    output = write_output(store, work.cells)
    return Transform(
        rows_in=source.height,
        rows_out=work.cells.height,
        rules=work.counts,
        output=CleanedTable(**output.model_dump(), rows=work.cells.height),
        set_aside=_set_aside(store, source, work.removed_rows()),
        duplicate_rows=work.taken_by(Rule.DUPLICATE_ROWS),
    )


def _set_aside(store: ArtifactStore, source: pl.DataFrame, removed: pl.DataFrame) -> SetAside:
    if not removed.height:
        return SetAside()
    return SetAside(uri=write_output(store, labelled(source, removed)).uri, rows=removed.height)


def labelled(source: pl.DataFrame, removed: pl.DataFrame, above: int = 0) -> pl.DataFrame:
    """The removed rows as they were given, after the rule that took each and its row number in the source.

    `above`: so many rows of the source come before those of `source`.
    """
    labels = removed.sort("row")
    names = {name: free_name(f"fiberwise_{name}", source.columns) for name in labels.columns}
    numbered = labels.with_columns(pl.col("row") + above)
    return numbered.rename(names).hstack(source[labels["row"] - 1])


def write_output(store: ArtifactStore, table: pl.DataFrame) -> Artifact:
    """Stores rows for people to take away."""
    with tempfile.TemporaryDirectory(prefix="fiberwise-") as folder:
        path = Path(folder) / "table.parquet"
        table.write_parquet(path, compression="zstd", compression_level=1, row_group_size=ROW_GROUP)
        return store.put_file(path, "parquet")
