"""Laying a data set out as the table that all later steps read."""

import json

import polars as pl

from fiberwise.contracts.dataset import Artifact, Dataset, SetAside
from fiberwise.datasets.reading import read_table
from fiberwise.datasets.source import BadRow, How, Source
from fiberwise.store.artifacts import ArtifactStore


def lay_out(source: Source, artifact: Artifact, store: ArtifactStore, how: How) -> Dataset:
    """Writes the rows of `source`, which is a local copy of `artifact`, as text columns in Parquet."""
    table = read_table(source, how)
    facts, frame = table.facts, table.frame
    return Dataset(
        uri=artifact.uri,
        format=facts.format,
        encoding=facts.encoding,
        compression=facts.compression,
        delimiter=facts.delimiter,
        bytes=artifact.bytes,
        sha256=artifact.sha256,
        rows=frame.height,
        columns=frame.width,
        table=write_table(store, frame),
        source=None if store.owns(source.name) else source.name,
        set_aside=keep(facts.bad_rows, store),
    )


def write_table(store: ArtifactStore, frame: pl.DataFrame) -> Artifact:
    """Stores a table for the steps of one run."""
    with store.staged() as folder:
        path = folder / "table"
        # Read a few times within minutes, then never again: quick to write matters more than small.
        frame.write_parquet(path, compression="lz4", statistics=False)
        return store.adopt(path, "parquet")


def keep(rows: list[BadRow], store: ArtifactStore) -> SetAside:
    """Stores ragged rows as JSON Lines: line and text of each."""
    if not rows:
        return SetAside()
    lines = "".join(
        json.dumps({"line": line, "text": text}, ensure_ascii=False) + "\n" for line, text in rows
    )
    return SetAside(uri=store.put_bytes(lines.encode(), "jsonl").uri, rows=len(rows))
