"""A synthesis merged from chunks says what that of the whole says, and what it could not know."""

import random
from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.agents.advanced_test.streamed.synthesis import merge_synthesis, synthesize_chunk
from activities.agents.advanced_test.synthesis import write_synthesis
from activities.agents.data_processor.cleaning import clean_dataset
from activities.agents.data_processor.extraction import extract_profile
from fiberwise.contracts.cleaning import Cleaning, Rule
from fiberwise.contracts.dataset import Dataset
from fiberwise.contracts.profile import Approximate, Study
from fiberwise.contracts.stream import Missing, TableChunk
from fiberwise.contracts.synthesis import Brief, Synthesis

Cells = Mapping[str, Sequence[str | None]]
Briefed = Callable[[Cells], Brief]
Chunked = Callable[[Cells, Sequence[int]], list[TableChunk]]
Streamed = Callable[..., Synthesis]

POOLS = {
    "whole": [str(n**3) for n in range(-20, 21)],
    "decimal": [repr(n / 7) for n in range(-30, 31)],
    "infinite": ["inf", "-inf", "1", "2.5", "7"],
    "huge": ["1e308", "-1e308", "1.5e308", "0"],
    "tiny": ["1e-200", "2e-200", "-3e-200", "0"],
    "big": [str(2**70), "1", "2"],
    "constant": ["0.1"],
    "zero": ["0", "-0"],
    "word": ["a", "b", "00501"],
    "null": [None, "NA"],
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[Cells, list[int], random.Random]:
    rows = draw(st.integers(0, 40))
    names = draw(st.lists(st.sampled_from(list(POOLS)), min_size=1, max_size=6, unique=True))
    cells = {
        name: draw(
            st.lists(st.one_of(*[st.sampled_from(POOLS[name])] * 3, st.none()), min_size=rows, max_size=rows)
        )
        for name in names
    }
    return cells, draw(st.lists(st.integers(0, rows), max_size=6)), draw(st.randoms(use_true_random=False))


@pytest.fixture(scope="module")
def briefed(stored: Callable[[Cells], Dataset], store_url: str) -> Briefed:
    def brief(cells: Cells) -> Brief:
        dataset = stored(cells)
        extract = extract_profile(Study(dataset=dataset), store_url)
        transform = clean_dataset(Cleaning(dataset=dataset), store_url)
        return Brief(dataset=dataset, extract=extract, transform=transform)

    return brief


@pytest.fixture(scope="module")
def streamed(chunked: Chunked, store_url: str) -> Streamed:
    def synthesize(
        brief: Brief, cells: Cells, cuts: Sequence[int], order: random.Random | None = None
    ) -> Synthesis:
        parts = [synthesize_chunk(brief, chunk, store_url) for chunk in chunked(cells, cuts)]
        if order:
            order.shuffle(parts)
        return merge_synthesis(brief, parts, store_url)

    return synthesize


def by_pair(synthesis: Synthesis) -> dict[tuple[str, str], tuple[float, int]]:
    return {(one.a, one.b): (one.pearson, one.n) for one in synthesis.correlations}


def assert_same(found: Synthesis, expected: Synthesis) -> None:
    sure = {pair: r for pair, r in by_pair(expected).items() if abs(r[0]) > 0.5 + 1e-7}
    other = {pair: r for pair, r in by_pair(found).items() if abs(r[0]) > 0.5 + 1e-7}
    assert other == {pair: (pytest.approx(r, abs=1e-9), n) for pair, (r, n) in sure.items()}
    words = {"correlations", "findings", "next_steps", "summary"}
    assert found.model_dump(exclude=words) == expected.model_dump(exclude=words)
    assert {one.kind for one in found.findings} >= {
        one.kind for one in expected.findings if one.kind != "correlation"
    }


@given(tables())
def test_any_cut_and_any_order_of_parts_gives_the_synthesis_of_the_whole(
    briefed: Briefed, streamed: Streamed, store_url: str, table: tuple[Cells, list[int], random.Random]
) -> None:
    cells, cuts, order = table
    brief = briefed(cells)
    assert_same(streamed(brief, cells, cuts, order), write_synthesis(brief, store_url))


@settings(max_examples=10)
@given(st.randoms(use_true_random=False))
def test_the_order_of_parts_does_not_show_in_a_single_digit(
    briefed: Briefed, streamed: Streamed, order: random.Random
) -> None:
    rng = random.Random(5)
    xs = [rng.random() for _ in range(60)]
    cells = {name: [repr(x + rng.random() / 3) for x in xs] for name in "abc"}
    brief, cuts = briefed(cells), range(5, 60, 5)
    first = streamed(brief, cells, cuts)
    assert len(first.correlations) == 3
    assert streamed(brief, cells, cuts, order) == first


def test_a_chunk_of_zeros_does_not_blot_out_tiny_numbers(briefed: Briefed, streamed: Streamed) -> None:
    cells = {"a": ["1e-200", "2e-200", "3e-200", "0", "0"], "b": ["1", "2", "3", "0", "0"]}
    [found] = streamed(briefed(cells), cells, [3]).correlations
    assert (found.n, found.pearson) == (5, pytest.approx(1))


def test_every_word_is_that_of_the_whole(briefed: Briefed, streamed: Streamed, store_url: str) -> None:
    rng = random.Random(3)
    xs = [rng.randrange(1000) for _ in range(200)]
    cells = {
        "x": [*map(str, xs), "99999"],
        "y": [*[repr(x * 2 + rng.random()) for x in xs], None],
        "z": [*[str(-x) if x % 3 else None for x in xs], "5"],
        "w": [*[f"w{x % 7}" for x in xs], " w "],
    }
    brief = briefed(cells)
    found, expected = streamed(brief, cells, [50, 51, 120]), write_synthesis(brief, store_url)
    assert by_pair(expected)
    for one, other in zip(found.correlations, expected.correlations, strict=True):
        assert (one.a, one.b, one.n, one.pearson) == (other.a, other.b, other.n, pytest.approx(other.pearson))
    rest = {"correlations", "findings"}
    assert found.model_dump(exclude=rest) == expected.model_dump(exclude=rest)
    assert [(one.kind, one.columns, one.text) for one in found.findings] == [
        (one.kind, one.columns, one.text) for one in expected.findings
    ]


def test_a_pair_is_measured_about_its_own_means_though_the_rest_of_a_column_is_far_away(
    briefed: Briefed, streamed: Streamed, store_url: str
) -> None:
    close = [repr(1 + n * 1e-9) for n in range(20)]
    cells = {"a": [*close, *["1e9"] * 20], "b": [*map(str, range(20)), *[None] * 20]}
    brief = briefed(cells)
    [expected] = write_synthesis(brief, store_url).correlations
    [found] = streamed(brief, cells, [7, 25]).correlations
    assert (found.n, found.pearson) == (20, pytest.approx(expected.pearson, abs=1e-6))


def test_a_column_that_is_constant_where_the_other_has_values_has_no_correlation(
    briefed: Briefed, streamed: Streamed
) -> None:
    # The mean of three times 0.1 is not 0.1 in floats, that of four times is.
    constant, other = [*["0.1"] * 7, "5"], ["1", "2", "3", "70", "90", "80", "75", None]
    for cells in ({"a": constant, "b": other}, {"b": other, "a": constant}):
        assert streamed(briefed(cells), cells, [3]).correlations == []


def test_repeated_rows_are_not_guessed_where_transform_did_not_count_them(
    briefed: Briefed, streamed: Streamed, stored: Callable[[Cells], Dataset], store_url: str
) -> None:
    cells = {"a": ["1", "1", "2"]}
    whole = briefed(cells)
    partial = clean_dataset(Cleaning(dataset=stored(cells), rules=(Rule.TRIM,)), store_url)
    sure = streamed(whole, cells, [1]).confidence
    found = streamed(whole.model_copy(update={"transform": partial}), cells, [1])
    assert (found.quality.uniqueness, found.quality.score, found.missing) == (None, None, ["duplicates"])
    assert found.confidence == pytest.approx(0.7 * sure, abs=1e-4)
    assert "first four rules" in found.next_steps[0]
    without = streamed(whole.model_copy(update={"transform": None}), cells, [1])
    assert (without.quality.uniqueness, without.missing) == (None, ["transform"])
    assert without.confidence == found.confidence


def test_without_extract_there_are_no_correlations_and_outliers_and_it_is_said_to_be_missing(
    briefed: Briefed, streamed: Streamed
) -> None:
    cells = {"a": ["1", "2", "3", "4"], "b": ["1", "2", "3", "4"]}
    brief = briefed(cells)
    assert streamed(brief, cells, [2]).correlations
    found = streamed(brief.model_copy(update={"extract": None}), cells, [2])
    assert (found.correlations, found.outliers, found.missing) == ([], [], ["extract"])
    assert found.quality.uniqueness == 1
    assert "missing" in found.summary


def test_chunks_that_are_missing_are_a_finding_and_lower_the_confidence(
    briefed: Briefed, chunked: Chunked, store_url: str
) -> None:
    cells = {"a": [str(n) for n in range(40)]}
    brief = briefed(cells)
    parts = [synthesize_chunk(brief, chunk, store_url) for chunk in chunked(cells, [10, 20, 30])]
    found = merge_synthesis(brief, parts[:3], store_url, [Missing(number=3, reason="it is damaged")])
    whole = merge_synthesis(brief, parts, store_url)
    first = next(one for one in found.findings if one.kind == "missing_chunks")
    assert (first.severity, first.evidence) == ("warning", {"missing": 1, "chunks": 4})
    assert any("redrive" in step for step in found.next_steps)
    assert found.confidence == pytest.approx(0.75 * 30 / 40, abs=1e-4)
    assert whole.confidence == pytest.approx(40 / 50, abs=1e-4)


def test_no_pair_is_said_to_identify_a_row_where_none_was_looked_for(
    briefed: Briefed, streamed: Streamed
) -> None:
    cells = {"a": ["1", "1", "2", "2"], "b": ["x", "y", "x", "y"]}
    brief = briefed(cells)
    assert brief.extract
    rough = Approximate(column="", figure="keys", bound="pairs are not looked for")
    extract = brief.extract.model_copy(update={"keys": [], "approximate": [rough]})
    found = streamed(brief.model_copy(update={"extract": extract}), cells, [2])
    assert "not looked at" in next(one.text for one in found.findings if one.kind == "no_key")
