"""Mode transform: cleans a data set by declared rules, and keeps beside it what they took out."""

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
    labels = removed.sort("row")
    table = labelled(source[labels["row"] - 1], labels)
    return SetAside(uri=write_output(store, table).uri, rows=table.height)


def labelled(given: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """Removed rows as they were given, after the rule that took each and its row number in the source."""
    names = {name: free_name(f"fiberwise_{name}", given.columns) for name in labels.columns}
    return labels.rename(names).hstack(given)


def write_output(store: ArtifactStore, table: pl.DataFrame) -> Artifact:
    """Stores rows for people to take away."""
    with tempfile.TemporaryDirectory(prefix="fiberwise-") as folder:
        path = Path(folder) / "table.parquet"
        table.write_parquet(path, compression="zstd", compression_level=1, row_group_size=ROW_GROUP)
        return store.put_file(path, "parquet")
