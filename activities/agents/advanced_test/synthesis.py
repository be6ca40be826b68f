"""Mode synthesis: joins profile and cleaning into what a person should know about a data set."""

import polars as pl

from activities.agents.advanced_test.conclusion import Measured, conclude, counted_duplicates
from activities.agents.advanced_test.numeric import correlate, find_outliers
from activities.agents.data_processor.cells import read_cells, values_of
from activities.agents.data_processor.duplicates import repeated_rows
from activities.agents.data_processor.forms import read_as
from activities.agents.data_processor.kinds import read_columns
from fiberwise.contracts.dataset import Kind
from fiberwise.contracts.profile import Extract
from fiberwise.contracts.synthesis import Brief, Synthesis
from fiberwise.store.artifacts import ArtifactStore


def write_synthesis(brief: Brief, store_url: str) -> Synthesis:
    """Quality, correlations, outliers, findings and advice; of a missing part, what can be said without it.

    Raises ArtifactMissing and ArtifactCorrupt.
    """
    dataset, extract = brief.dataset, brief.extract
    values = values_of(read_cells(ArtifactStore(store_url), dataset.whole), brief.null_tokens)
    numbers = _numbers(values, extract)
    counted = counted_duplicates(brief.transform)
    return conclude(
        brief,
        Measured(
            rows=values.height,
            duplicates=_duplicates(values) if counted is None else counted,
            correlations=correlate(numbers),
            outliers=find_outliers(numbers, extract.columns if extract else []),
        ),
    )


def _duplicates(values: pl.DataFrame) -> int:
    """Exact duplicate rows after trim and null tokens; rows without any value do not count."""
    full = values.filter(~pl.all_horizontal(pl.all().fill_null("") == ""))
    return int(repeated_rows(full)[0].sum())


def _numbers(values: pl.DataFrame, extract: Extract | None) -> pl.DataFrame:
    """The numeric columns as floats, in source order."""
    numeric = (Kind.INTEGER, Kind.NUMBER)
    if extract:
        names = [column.name for column in extract.columns if column.kind in numeric]
    else:
        names = [found.values.name for found in read_columns(values) if found.kind in numeric]
    return pl.DataFrame({name: read_as(values[name], Kind.NUMBER) for name in names})
