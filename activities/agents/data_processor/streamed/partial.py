"""What a chunk's profile is kept in until all are merged: a zip of JSON and two Parquet tables, bounded in size."""

import io
import zipfile
from typing import NamedTuple, Self

import polars as pl
from pydantic import ConfigDict

from activities.agents.data_processor.streamed.facts import Facts
from activities.agents.data_processor.streamed.sums import Spread, Whole
from fiberwise.contracts.dataset import Artifact
from fiberwise.contracts.errors import ArtifactCorrupt
from fiberwise.contracts.payload import Payload
from fiberwise.store.artifacts import ArtifactStore

VERSION = 1
FORMAT = "profile"
TABLES = {"column": pl.UInt32, "text": pl.String, "count": pl.Int64}
POINTS = {"column": pl.UInt32, "value": pl.Float64, "weight": pl.Int64}


class Packed(Payload):
    """As JSON in the zip: infinity as itself, since a text means something else here; bytes as base64."""

    model_config = ConfigDict(ser_json_inf_nan="constants", ser_json_bytes="base64", val_json_bytes="base64")


class Seen(Packed):
    """Values by one reading: their ends, how many different ones, and a sketch of them where they are many.

    The sketch of integers of which each is a float of its own is that of numbers.
    """

    low: int | float | str
    high: int | float | str
    distinct: int
    sketch: bytes | None = None


class Column(Packed):
    """One column in a chunk. `exact`: its table has every value; else its most frequent ones, and of those left out
    none occurs more than `missed` times. `slack`: see `ranks.Points`.
    """

    name: str
    facts: Facts
    seen: dict[str, Seen] = {}
    whole: Whole | None = None
    spread: Spread | None = None
    exact: bool = True
    missed: int = 0
    slack: int = 0


class Head(Packed):
    version: int
    rows: int = 0
    columns: list[Column] = []


class Partial(NamedTuple):
    """`tables` (column, text, count) and `points` (column, value, weight) name columns by their place."""

    rows: int
    columns: list[Column]
    tables: pl.DataFrame
    points: pl.DataFrame

    def stored(self, store: ArtifactStore) -> Artifact:
        sink = io.BytesIO()
        head = Head(version=VERSION, rows=self.rows, columns=self.columns)
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack:
            # Named by a ZipInfo, whose time is always the same: equal profiles are equal bytes.
            pack.writestr(zipfile.ZipInfo("head.json"), head.model_dump_json())
            pack.writestr(zipfile.ZipInfo("tables.parquet"), _parquet(self.tables))
            pack.writestr(zipfile.ZipInfo("points.parquet"), _parquet(self.points))
        return store.put_bytes(sink.getvalue(), FORMAT)

    @classmethod
    def read(cls, store: ArtifactStore, artifact: Artifact) -> Self:
        """Raises ArtifactMissing, and ArtifactCorrupt also for one of a version to come."""
        with store.fetched(artifact) as path, zipfile.ZipFile(path) as pack:
            head = Head.model_validate_json(pack.read("head.json"))
            if head.version > VERSION:
                hint = "let workers of one version work on a run, or run again"
                message = f"{artifact.uri} is a profile of version {head.version}, this code reads {VERSION}"
                raise ArtifactCorrupt(message, where=artifact.uri, hint=hint)
            tables, points = (pl.read_parquet(pack.read(f"{name}.parquet")) for name in ("tables", "points"))
        return cls(head.rows, head.columns, tables, points)


def _parquet(table: pl.DataFrame) -> bytes:
    sink = io.BytesIO()
    table.write_parquet(sink, compression="lz4", statistics=False)
    return sink.getvalue()
