"""JSON: an array of objects, or one object a line."""
from collections.abc import Iterator
import polars as pl
from fiberwise.datasets.source import Facts, Source

def json_rows(source: Source, texts: Iterator[str], facts: Facts) -> Iterator[pl.DataFrame]:
    raise NotImplementedError
