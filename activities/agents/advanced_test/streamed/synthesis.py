"""Mode synthesis of a data set that streams: what each chunk adds to correlations and outliers, then all of it."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (what numpy reads back from a file has no types)

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import reduce
from typing import NamedTuple, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from activities.agents.advanced_test.conclusion import Measured, conclude, counted_duplicates
from activities.agents.advanced_test.numeric import as_outliers, fences, most_correlated, strongest
from activities.agents.advanced_test.streamed.comoments import (
    Comoments,
    Floats,
    comoments_of,
    correlations,
    merged,
)
from activities.agents.data_processor.cells import picked, values_of
from activities.agents.data_processor.forms import read_as
from activities.agents.data_processor.streamed.chunk_table import cells_of
from fiberwise.contracts.dataset import Artifact, Kind
from fiberwise.contracts.errors import ArtifactCorrupt
from fiberwise.contracts.profile import Column
from fiberwise.contracts.stream import Missing, Part, TableChunk
from fiberwise.contracts.synthesis import Brief, Outliers, Synthesis
from fiberwise.store.artifacts import ArtifactStore

VERSION = 1
FORMAT = "synthesis"


class Partial(NamedTuple):
    """Of one chunk: co-moments of the columns that are correlated, outliers of all numeric columns, in order."""

    comoments: Comoments
    outliers: NDArray[np.int64]

    def stored(self, store: ArtifactStore) -> Artifact:
        sink = io.BytesIO()
        np.savez(sink, version=VERSION, outliers=self.outliers, **asdict(self.comoments))
        return store.put_bytes(sink.getvalue(), FORMAT, suffix="npz")

    @classmethod
    def read(cls, store: ArtifactStore, artifact: Artifact) -> Self:
        """Raises ArtifactMissing, and ArtifactCorrupt also for one of a version to come."""
        with np.load(io.BytesIO(store.read_bytes(artifact)), allow_pickle=False) as pack:
            arrays: Mapping[str, Floats] = dict(pack)
        if (version := int(arrays["version"])) > VERSION:
            hint = "let workers of one version work on a run, or run again"
            message = f"{artifact.uri} is of version {version}, this code reads {VERSION}"
            raise ArtifactCorrupt(message, where=artifact.uri, hint=hint)
        fields = {name: arrays[name] for name in Comoments.__dataclass_fields__ if name != "exponent"}
        comoments = Comoments(exponent=arrays["exponent"].astype(np.int32), **fields)
        return cls(comoments, arrays["outliers"].astype(np.int64))


def synthesize_chunk(brief: Brief, chunk: TableChunk, store_url: str) -> Part:
    """What the rows of one chunk add. Which columns are numeric, and their quartiles, are extract's.

    Raises ArtifactMissing and ArtifactCorrupt.
    """
    store, columns = ArtifactStore(store_url), _numeric(brief)
    cells = picked(cells_of(brief.dataset, chunk, store), (column.name for column in columns))
    numbers = _as_numbers(cells, brief.null_tokens)
    first = numbers[:, : most_correlated(brief.dataset.rows)]
    part = Partial(comoments_of(first), _beyond(numbers, columns))
    return Part(number=chunk.number, file=part.stored(store), rows=chunk.rows, bytes=chunk.table.bytes)


def merge_synthesis(
    brief: Brief, parts: Sequence[Part], store_url: str, missing: Sequence[Missing] = ()
) -> Synthesis:
    """The synthesis of all parts together, whatever their order.

    Without extract there are no correlations and outliers; without transform's count, repeated rows are not known.
    Raises ArtifactMissing and ArtifactCorrupt.
    """
    store, columns = ArtifactStore(store_url), _numeric(brief)
    ordered = sorted(parts, key=lambda part: part.number)
    found = reduce(_together, (Partial.read(store, part.file) for part in ordered)) if ordered else None
    names = [column.name for column in columns][: most_correlated(brief.dataset.rows)]
    measured = Measured(
        rows=sum(part.rows for part in parts),
        duplicates=counted_duplicates(brief.transform),
        correlations=strongest(correlations(found.comoments, names)) if found else [],
        outliers=_outliers(columns, found.outliers) if found else [],
        chunks=(len(missing), len(parts) + len(missing)),
    )
    return conclude(brief, measured)


def _together(one: Partial, other: Partial) -> Partial:
    return Partial(merged(one.comoments, other.comoments), one.outliers + other.outliers)


def _numeric(brief: Brief) -> list[Column]:
    columns = brief.extract.columns if brief.extract else []
    return [column for column in columns if column.kind in (Kind.INTEGER, Kind.NUMBER)]


def _as_numbers(cells: pl.DataFrame, tokens: Sequence[str]) -> Floats:
    """Rows x columns; NaN where nothing stands."""
    if not cells.width:
        return np.zeros((0, 0))
    values = values_of(cells, tokens)
    columns = [read_as(column, Kind.NUMBER).fill_null(float("nan")).to_numpy() for column in values]
    return np.column_stack(columns)


def _beyond(numbers: Floats, columns: Sequence[Column]) -> NDArray[np.int64]:
    """Per column, how many values lie outside its fences."""
    bounds = [fences(column) or (-np.inf, np.inf) for column in columns]
    outside = [
        (values < low) | (values > high) for values, (low, high) in zip(numbers.T, bounds, strict=True)
    ]
    return np.array([np.count_nonzero(one) for one in outside], dtype=np.int64)


def _outliers(columns: Sequence[Column], counts: NDArray[np.int64]) -> list[Outliers]:
    found = ((column, fences(column), int(count)) for column, count in zip(columns, counts, strict=True))
    return [as_outliers(column.name, bounds, count) for column, bounds, count in found if bounds and count]
