"""One chunk of a data set as the streamed forms of extract and synthesize read it."""

import polars as pl

from activities.agents.data_processor.cells import read_cells
from fiberwise.contracts.dataset import Chunks, Dataset
from fiberwise.contracts.stream import TableChunk
from fiberwise.datasets.assembling import chunk_cells, table_chunk
from fiberwise.store.artifacts import ArtifactStore


def cells_of(dataset: Dataset, chunk: TableChunk, store: ArtifactStore) -> pl.DataFrame:
    """All columns of the data set in order, also those that the chunk's rows do not have.

    Raises ArtifactMissing and ArtifactCorrupt.
    """
    return chunk_cells(store, dataset.chunks, chunk) if dataset.chunks else read_cells(store, chunk.table)


def chunk_numbered(number: int, chunks: Chunks, store_url: str) -> TableChunk:
    """Raises ArtifactMissing and ArtifactCorrupt; TypeError for one that is not laid out."""
    return table_chunk(ArtifactStore(store_url), chunks, number)
