"""A profile merged from chunks is that of the whole: exactly where values are few, else within what it says."""

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.agents.data_processor.extraction import extract_profile
from activities.agents.data_processor.streamed import accounts as accounts_module
from activities.agents.data_processor.streamed import chunk as chunk_module
from activities.agents.data_processor.streamed import tally as tally_module
from activities.agents.data_processor.streamed.profile import merge_profiles, profile_chunk
from fiberwise.contracts.dataset import Dataset
from fiberwise.contracts.errors import ArtifactCorrupt
from fiberwise.contracts.profile import Column, Extract, Study
from fiberwise.contracts.stream import Missing, Part, TableChunk
from fiberwise.store.artifacts import ArtifactStore

Cells = Mapping[str, Sequence[str | None]]
Streamed = Callable[..., Extract]

WORDS = {
    "integers": ["1", "-2", "+3", "0", "-0", " 7 "],
    "big": [str(2**70), "5", "+5", str(-(2**80)), "99999999999999999999"],
    "wide": [str(2**63 - 1), str(-(2**63)), str(2**62 + 1), str(2**62)],
    "wide numbers": [str(2**53), str(2**53 + 1), "0.5", str(2**70)],
    "numbers": ["1", "1.0", "2.5", "1e3", ".5", "-1.5e-3"],
    "infinite": ["inf", "-Infinity", "1", "2.5", "1e400"],
    "one-sided": ["inf", "1.5", "2"],
    "huge": ["1.7e308", "-1.7e308", "0.5"],
    "codes": ["00501", "10001", "10002"],
    "mixed": ["1", "2.5", "true", "2020-01-01", "2020-02-30", "2020-01-01T10:00", "word", "inf"],
    "day first": ["31/12/2020", "01/02/2020", "1/2/2021"],
    "either way": ["01/02/2020", "03/04/2020", "05/05/2020"],
    "neither": ["31/12/2020", "12/31/2020"],
    "loose": ["2020-1-5", "2020-11-15", "2020-11-05"],
    "two forms": ["2020-01-31", "2020/02/01"],
    "months": ["3 March 2020", "03 Mar 2020"],
    "no day": ["2020-02-30", "2020-02-28"],
    "instants": ["2020-01-01T10:00Z", "2020-01-01T11:00+02:00", "2020-01-01 09:00:00-0530"],
    "uneven": ["2020-01-01T10:00Z", "2020-01-01T10:00"],
    "fine": ["2020-01-01 10:00:05.1234567", "9999-12-31T23:59:59.999999"],
    "booleans": ["TRUE", "false", "true"],
    "tokens": ["NA", "NaN", "", " ", None],
    "patterns": ["ann@example.org", "AB-1234", "https://example.org/a", "free text", "12"],
    "long": ["x" * 5000, "x" * 4999 + "y", "y"],
    "letters": ["a", "é", "\U0001f600", "a\x1f", "\uffff"],
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[Cells, list[int], random.Random]:
    """Cells, where they are cut, and what shuffles the parts."""
    rows = draw(st.integers(0, 40))
    names = draw(st.lists(st.sampled_from(list(WORDS)), min_size=1, max_size=6, unique=True))
    gaps = st.sampled_from([None, "NA"])
    cells = {
        name: draw(
            st.lists(
                st.one_of(st.sampled_from(WORDS[name]), st.sampled_from(WORDS[name]), gaps),
                min_size=rows,
                max_size=rows,
            )
        )
        for name in names
    }
    return cells, draw(st.lists(st.integers(0, rows), max_size=6)), draw(st.randoms(use_true_random=False))


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


@contextmanager
def little_room() -> Iterator[None]:
    """Sketches from 20 different values on, told in 10 points and 10 texts; 24 points are the most of a column."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tally_module, "FEWEST", 20)
        patch.setattr(tally_module, "MOST", 20)
        patch.setattr(chunk_module, "POINTS_KEPT", 10)
        patch.setattr(chunk_module, "TOP", 10)
        patch.setattr(accounts_module, "FEWEST", 24)
        patch.setattr(accounts_module, "MOST", 24)
        patch.setattr(accounts_module, "PENDING", 50)
        yield


def scale_of(column: Column) -> float:
    ends = (float(end) for end in (column.min, column.max) if isinstance(end, int | float))
    return max(map(abs, ends), default=0.0)


def assert_same(found: Column, expected: Column, but: Sequence[str] = ()) -> None:
    one, other = (column.model_dump(exclude=set(but)) for column in (found, expected))
    near = {"rel": 1e-9, "abs": 1e-9 * scale_of(expected)}
    for figure in ("mean", "std", "p25", "p50", "p75"):
        if isinstance(other.get(figure), float):
            other[figure] = pytest.approx(other[figure], **near)
    assert one == other


@given(tables())
def test_any_cut_and_any_order_of_parts_gives_the_profile_of_the_whole(
    whole: Callable[[Cells], Extract],
    streamed: Streamed,
    table: tuple[Cells, list[int], random.Random],
) -> None:
    cells, cuts, order = table
    expected, found = whole(cells), streamed(cells, cuts, order)
    assert found.rows == expected.rows
    for one, other in zip(found.columns, expected.columns, strict=True):
        assert_same(one, other)
    assert {one.figure for one in found.approximate} <= {"keys"}
    assert found.keys == [key for key in expected.keys if len(key) == 1]
    assert bool(found.approximate) >= any(len(key) == 2 for key in expected.keys)


@pytest.mark.parametrize("name", WORDS)
def test_a_chunk_for_each_row_gives_the_column_of_the_whole(
    name: str, whole: Callable[[Cells], Extract], streamed: Streamed
) -> None:
    words = [*WORDS[name], *WORDS[name][:1]]
    [found], [expected] = streamed({name: words}, range(len(words))).columns, whole({name: words}).columns
    assert_same(found, expected)


@settings(max_examples=10)
@given(st.lists(st.integers(-(2**66), 2**66), min_size=1, max_size=10), st.randoms(use_true_random=False))
def test_moments_do_not_depend_on_cut_or_order_in_the_last_digit(
    streamed: Streamed, numbers: list[int], order: random.Random
) -> None:
    cells = {"x": list(map(str, numbers)), "y": [repr(number / 7) for number in numbers]}
    [x, _], [same, y] = streamed(cells, []).columns, streamed(cells, range(len(numbers)), order).columns
    assert (same.mean, same.std) == (x.mean, x.std)
    [_, again] = streamed(cells, range(len(numbers))).columns
    assert (again.mean, again.std) == (y.mean, y.std)


def bound(found: Extract, column: str, figure: str) -> list[int]:
    """The figures in the words of a bound; none of an exact one."""
    words = [one.bound for one in found.approximate if (one.column, one.figure) == (column, figure)]
    return [int(digits.replace(",", "")) for digits in re.findall(r"\d[\d,]*", words[0])] if words else []


def assert_distinct(found: Extract, column: Column, exact: int) -> None:
    low, high = (bound(found, column.name, "distinct") or [exact, exact])[:2]
    assert low <= exact <= high
    assert low <= column.distinct <= high


def assert_ranks(found: Extract, column: Column, numbers: Sequence[float]) -> None:
    ordered = sorted(numbers)
    for figure, share in (("p25", 0.25), ("p50", 0.5), ("p75", 0.75)):
        off = (bound(found, column.name, figure) or [0])[0]
        place = (len(ordered) - 1) * share
        low = ordered[max(0, math.floor(place) - off)]
        high = ordered[min(len(ordered) - 1, math.ceil(place) + off)]
        value = float(getattr(column, figure))
        assert low - 1e-9 * abs(low) <= value <= high + 1e-9 * abs(high)


def assert_top(found: Extract, column: Column, texts: Sequence[str]) -> None:
    tally = Counter(texts)
    off = (bound(found, column.name, "top") or [0])[0]
    shown = column.top or []
    assert all(0 <= tally[one.value] - one.count <= off for one in shown)
    least = min(one.count for one in shown)
    listed = {one.value for one in shown}
    assert all(count <= least + off for text, count in tally.items() if text not in listed)


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


@pytest.mark.parametrize(
    "cells",
    [
        {"a": [], "b": []},
        {"a": ["1"], "b": [None]},
        {"a": [None] * 5, "b": ["NA", "", None, " ", "nan"]},
        {f"c{n}": [str(n), "x", "2.5"] for n in range(200)},
        {"^x$": ["1", "1", "2"], "*": ["a", "b", "b"], "": ["7", "7", "8"], "^.*$": ["n", "n", "3"]},
    ],
)
def test_a_degenerate_data_set_has_the_same_profile(
    cells: Cells, whole: Callable[[Cells], Extract], streamed: Streamed
) -> None:
    rows = max(map(len, cells.values()))
    for one, other in zip(streamed(cells, range(rows)).columns, whole(cells).columns, strict=True):
        assert_same(one, other)


def test_a_column_that_is_of_integers_in_one_chunk_is_of_the_kind_of_all_chunks(streamed: Streamed) -> None:
    found = streamed(
        {"x": ["1", "2", "2.5"], "y": ["1", "2", "word"], "z": ["2020-01-31", "NA", "2020-2-1"]}, [2]
    )
    assert [column.kind.value for column in found.columns] == ["number", "text", "date"]
    assert [one.value for one in found.columns[1].top or []] == ["1", "2", "word"]
    assert found.columns[1].mixed == {"integer": 2 / 3, "text": 1 / 3}


def test_chunks_that_are_missing_are_told_and_rows_are_those_of_the_parts(
    stored: Callable[[Cells], Dataset],
    chunked: Callable[[Cells, Sequence[int]], list[TableChunk]],
    store_url: str,
) -> None:
    cells = {"x": ["1", "2", "3"]}
    study = Study(dataset=stored(cells))
    parts = [profile_chunk(study, chunk, store_url) for chunk in chunked(cells, [1, 2])]
    found = merge_profiles(study, parts[:2], store_url, [Missing(number=2, reason="it is damaged")])
    assert (found.rows, found.columns[0].count) == (2, 2)
    assert found.approximate[0].figure == "rows"
    assert "1 of 3 chunks" in found.approximate[0].bound


def test_where_all_chunks_are_missing_there_is_nothing_but_that_to_tell(
    stored: Callable[[Cells], Dataset], store_url: str
) -> None:
    found = merge_profiles(
        Study(dataset=stored({"x": ["1"]})), [], store_url, [Missing(number=0, reason="it is damaged")]
    )
    assert (found.rows, found.columns, found.keys) == (0, [], [])
    assert [one.figure for one in found.approximate] == ["rows"]


def test_the_same_chunk_gives_the_same_bytes(
    stored: Callable[[Cells], Dataset],
    chunked: Callable[[Cells, Sequence[int]], list[TableChunk]],
    store_url: str,
) -> None:
    rng = random.Random(1)
    cells = {
        "x": [str(rng.random()) for _ in range(500)],
        "t": [f"w{rng.randrange(400)}" for _ in range(500)],
    }
    study, [chunk] = Study(dataset=stored(cells)), chunked(cells, [])
    with little_room():
        one, other = (profile_chunk(study, chunk, store_url) for _ in range(2))
    assert one == other


def test_a_part_of_a_version_to_come_is_refused(
    stored: Callable[[Cells], Dataset], store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from activities.agents.data_processor.streamed import partial

    dataset = stored({"x": ["1"]})
    chunk = TableChunk(number=0, table=dataset.whole, rows=1, first_row=0)
    with monkeypatch.context() as patch:
        patch.setattr(partial, "VERSION", partial.VERSION + 1)
        part = profile_chunk(Study(dataset=dataset), chunk, store_url)
    with pytest.raises(ArtifactCorrupt, match="version 2, this code reads 1"):
        merge_profiles(Study(dataset=dataset), [part], store_url)


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
