"""Profiles of the same cells, whole and merged from chunks."""

import random
from collections.abc import Callable, Sequence

import pytest

from activities.agents.data_processor.extraction import extract_profile
from activities.agents.data_processor.streamed.profile import merge_profiles, profile_chunk
from fiberwise.contracts.dataset import Dataset
from fiberwise.contracts.profile import Extract, Study
from fiberwise.contracts.stream import TableChunk
from tests.unit.activities.agents.data_processor.streamed.comparing import Cells, Streamed


@pytest.fixture(scope="module")
def whole(stored: Callable[[Cells], Dataset], store_url: str) -> Callable[[Cells], Extract]:
    return lambda cells: extract_profile(Study(dataset=stored(cells)), store_url)


@pytest.fixture(scope="module")
def streamed(
    stored: Callable[[Cells], Dataset],
    chunked: Callable[[Cells, Sequence[int]], list[TableChunk]],
    store_url: str,
) -> Streamed:
    def profile(cells: Cells, cuts: Sequence[int], order: random.Random | None = None) -> Extract:
        study = Study(dataset=stored(cells))
        parts = [profile_chunk(study, chunk, store_url) for chunk in chunked(cells, cuts)]
        if order:
            order.shuffle(parts)
        return merge_profiles(study, parts, store_url)

    return profile
