"""A store in a folder, and data sets in it as steps find them: Parquet of untrimmed texts."""

import io
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from fiberwise.contracts.dataset import Artifact, Dataset
from fiberwise.contracts.stream import TableChunk
from fiberwise.datasets.canonical import as_text
from fiberwise.store.artifacts import ArtifactStore

Cells = Mapping[str, Sequence[str | None]]


@pytest.fixture(scope="session")
def store_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="session")
def stored(store_url: str) -> Callable[[Cells], Dataset]:
    def put(cells: Cells) -> Dataset:
        frame = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
        sink = io.BytesIO()
        frame.write_parquet(sink)
        table = ArtifactStore(store_url).put_bytes(sink.getvalue(), "parquet")
        return Dataset(
            uri=table.uri,
            format="parquet",
            bytes=table.bytes,
            sha256=table.sha256,
            rows=frame.height,
            columns=frame.width,
            table=table,
        )

    return put


@pytest.fixture(scope="session")
def chunked(stored: Callable[[Cells], Dataset]) -> Callable[[Cells, Sequence[int]], list[TableChunk]]:
    """A data set cut before each of these rows."""

    def cut(cells: Cells, cuts: Sequence[int]) -> list[TableChunk]:
        rows = max(map(len, cells.values()))
        edges = [0, *sorted(cuts), rows]
        chunks: list[TableChunk] = []
        for number, (start, end) in enumerate(pairwise(edges)):
            part = stored({name: column[start:end] for name, column in cells.items()})
            chunks.append(TableChunk(number=number, table=part.whole, rows=part.rows, first_row=start))
        return chunks

    return cut


@pytest.fixture(scope="session")
def fetched(store_url: str) -> Callable[[Artifact], pl.DataFrame]:
    def get(artifact: Artifact) -> pl.DataFrame:
        with ArtifactStore(store_url).fetched(artifact) as path:
            return pl.read_parquet(path)

    return get


@pytest.fixture(scope="session")
def reread(fetched: Callable[[Artifact], pl.DataFrame]) -> Callable[[Artifact], Cells]:
    """An output as the next run would take it in: typed columns as texts."""
    return lambda artifact: as_text(fetched(artifact)).to_dict(as_series=False)


@pytest.fixture(scope="session")
def beside() -> Callable[[str], pl.DataFrame]:
    return lambda uri: pl.read_parquet(Path(uri.removeprefix("file://")))
