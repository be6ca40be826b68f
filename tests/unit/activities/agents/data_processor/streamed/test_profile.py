"""A profile merged from chunks is that of the whole: exactly where values are few, else within what it says."""

import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.agents.data_processor.streamed.profile import merge_profiles, profile_chunk
from fiberwise.contracts.dataset import Dataset
from fiberwise.contracts.errors import ArtifactCorrupt
from fiberwise.contracts.profile import Extract, Study
from fiberwise.contracts.stream import Missing, TableChunk
from tests.unit.activities.agents.data_processor.streamed.comparing import (
    Cells,
    Streamed,
    assert_same,
    little_room,
)

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
