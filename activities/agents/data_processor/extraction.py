"""Mode extract: what each column holds. Definitions of the figures: docs/pipelines/complex-multi-agent.md."""

from collections.abc import Sequence

import polars as pl

from activities.agents.data_processor.cells import picked, read_cells, values_of
from activities.agents.data_processor.columns import describe
from activities.agents.data_processor.keys import find_keys
from activities.agents.data_processor.kinds import read_columns
from activities.agents.data_processor.patterns import find_patterns
from fiberwise.contracts.dataset import Kind
from fiberwise.contracts.profile import Extract, Study
from fiberwise.store.artifacts import ArtifactStore


def extract_profile(study: Study, store_url: str) -> Extract:
    """Figures of each column of the data set, and the keys that identify its rows.

    Raises ArtifactMissing and ArtifactCorrupt.
    """
    return profile(read_cells(ArtifactStore(store_url), study.dataset.whole), study.null_tokens)


def profile(cells: pl.DataFrame, tokens: Sequence[str]) -> Extract:
    """The same of cells at hand, as they were given."""
    values = values_of(cells, tokens)
    readings = read_columns(values)
    texts = picked(values, (found.values.name for found in readings if found.kind is Kind.TEXT))
    patterns = find_patterns(texts)
    columns = [describe(reading, patterns.get(reading.values.name, [])) for reading in readings]
    keys = find_keys(pl.DataFrame({reading.values.name: reading.values for reading in readings}), columns)
    return Extract(rows=cells.height, columns=columns, keys=keys)
