"""JSON: an array of objects, or one object a line."""
from collections.abc import Iterator
import polars as pl
from fiberwise.datasets.source import Facts, Source

def parquet_rows(source: Source) -> Iterator[pl.DataFrame]:
    raise NotImplementedError
