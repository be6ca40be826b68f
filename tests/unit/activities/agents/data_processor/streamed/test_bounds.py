"""What is approximate in a merged profile lies within the bound that it tells, in whatever order parts come."""

import random
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.agents.data_processor.extraction import extract_profile
from activities.agents.data_processor.streamed.profile import merge_profiles, profile_chunk
from fiberwise.contracts.dataset import Dataset
from fiberwise.contracts.profile import Extract, Study
from fiberwise.contracts.stream import Part, TableChunk
from fiberwise.store.artifacts import ArtifactStore
from tests.unit.activities.agents.data_processor.streamed.comparing import (
    Cells,
    Streamed,
    assert_distinct,
    assert_ranks,
    assert_same,
    assert_top,
    little_room,
)

NUMBERS = st.integers(-60, 60).map(lambda n: n * n * n / 8)


@given(st.lists(NUMBERS, min_size=30, max_size=300), st.lists(st.integers(0, 30), max_size=4), st.randoms())
def test_what_is_approximate_lies_within_its_bound(
    whole: Callable[[Cells], Extract],
    streamed: Streamed,
    numbers: list[float],
    cuts: list[int],
    order: random.Random,
) -> None:
    texts = [f"word {number}" for number in numbers]
    spaced = [f" {text}" if place % 3 else text for place, text in enumerate(texts)]
    cells = {"x": list(map(repr, numbers)), "t": spaced, "n": [str(int(n * 8)) for n in numbers]}
    with little_room():
        found = streamed(cells, cuts, order)
    expected = whole(cells)
    for one, other in zip(found.columns, expected.columns, strict=True):
        assert_same(one, other, but=["distinct", "p25", "p50", "p75", "top"])
        assert_distinct(found, one, other.distinct)
    x, t, n = found.columns
    assert_ranks(found, x, numbers)
    assert_ranks(found, n, [number * 8 for number in numbers])
    assert_top(found, t, texts)


@given(st.lists(st.sampled_from(range(90)), min_size=30, max_size=200), st.randoms(use_true_random=False))
def test_sketches_give_the_same_in_any_order_of_parts(
    streamed: Streamed, numbers: list[int], order: random.Random
) -> None:
    cells = {"x": [repr(number / 2) for number in numbers], "t": [f"word {number}" for number in numbers]}
    cuts = [10, 20, 25]
    with little_room():
        assert streamed(cells, cuts, order) == streamed(cells, cuts)


@given(st.permutations(range(60)), st.booleans())
def test_a_key_is_found_among_more_values_than_are_kept(
    streamed: Streamed, numbers: list[int], repeated: bool
) -> None:
    texts = list(map(str, numbers))
    with little_room():
        found = streamed({"x": [*texts, texts[0]] if repeated else texts}, [])
    assert found.keys == ([] if repeated else [["x"]])


def test_a_key_in_ascending_order_is_certain(streamed: Streamed) -> None:
    cells = {"id": [str(number) for number in range(1000)]}
    with little_room():
        found = streamed(cells, [300, 600, 999])
    assert (found.keys, found.columns[0].distinct) == ([["id"]], 1000)
    assert {one.figure for one in found.approximate} == {"p25", "p50", "p75"}


def test_a_key_that_only_a_sketch_speaks_for_is_said_to_be_so(streamed: Streamed) -> None:
    cells = {"id": [str(number * 7919 % 1009) for number in range(1, 1000)]}
    with little_room():
        found = streamed(cells, [300, 600])
    assert found.keys == [["id"]]
    assert "999 is within the bounds" in next(one.bound for one in found.approximate if one.figure == "keys")


def test_integers_that_are_the_same_float_are_one_value_of_a_column_of_numbers(
    whole: Callable[[Cells], Extract], streamed: Streamed
) -> None:
    cells = {"x": [*(str(2**53 + n) for n in range(60)), "0.5"]}
    with little_room():
        found = streamed(cells, [60])
    [expected] = whole(cells).columns
    assert expected.distinct < 40
    assert_distinct(found, found.columns[0], expected.distinct)


def test_pairs_are_said_not_to_be_looked_for(streamed: Streamed) -> None:
    found = streamed({"a": ["1", "1", "2", "2"], "b": ["x", "y", "x", "y"]}, [2])
    assert found.keys == []
    assert [(one.column, one.figure) for one in found.approximate] == [("", "keys")]


ROWS, CHUNK = 1_000_000, 170_000


@pytest.fixture(scope="module")
def million() -> pl.DataFrame:
    """Columns of few and of many values, with gaps, repeats and a long tail."""
    n = pl.int_range(ROWS, eager=True)
    noise = n.hash(seed=7)
    return pl.DataFrame(
        {
            "id": n.cast(pl.String),
            "day": (noise % 365).cast(pl.String),
            "price": ((noise % 1_000_003).cast(pl.Float64) / 7).cast(pl.String),
            "word": pl.Series([f"word {1_000_000 // (value + 1)}" for value in (noise % 900_000).to_list()]),
            "code": (noise % 50_000).cast(pl.String).str.zfill(5),
            "gap": (noise % 30_000).cast(pl.Float64).set(noise % 10 == 0, None).cast(pl.String),
        }
    )


def test_at_a_million_rows_streamed_and_unstreamed_agree(
    million: pl.DataFrame, store_url: str, tmp_path: Any
) -> None:
    store = ArtifactStore(store_url)

    def put(table: pl.DataFrame) -> Any:
        table.write_parquet(tmp_path / "t", compression="lz4")
        return store.put_file(tmp_path / "t", "parquet")

    table = put(million)
    dataset = Dataset(
        uri=table.uri, format="csv", bytes=1, sha256="", rows=ROWS, columns=million.width, table=table
    )
    expected = extract_profile(Study(dataset=dataset), store_url)
    parts: list[Part] = []
    for number, start in enumerate(range(0, ROWS, CHUNK)):
        part = million[start : start + CHUNK]
        chunk = TableChunk(number=number, table=put(part), rows=part.height, first_row=start)
        parts.append(profile_chunk(Study(dataset=dataset), chunk, store_url))
    found = merge_profiles(Study(dataset=dataset), parts, store_url)
    for one, other in zip(found.columns, expected.columns, strict=True):
        assert_same(one, other, but=["distinct", "p25", "p50", "p75", "top"])
        assert_distinct(found, one, other.distinct)
    for name in ("id", "price", "gap", "day"):
        column = next(column for column in found.columns if column.name == name)
        assert_ranks(found, column, million[name].drop_nulls().cast(pl.Float64).to_list())
    for name in ("word", "code"):
        assert_top(found, next(one for one in found.columns if one.name == name), million[name].to_list())
    assert found.keys == expected.keys == [["id"]]
