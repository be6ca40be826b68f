"""The synthesis agrees with extract's figures, and each of its own with plain Python."""

import csv
import statistics
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.agents.advanced_test.quality import consistency
from activities.agents.advanced_test.synthesis import write_synthesis
from activities.agents.data_processor.cleaning import clean_dataset
from activities.agents.data_processor.extraction import extract_profile
from fiberwise.contracts.cleaning import Cleaning, Rule
from fiberwise.contracts.dataset import NULL_TOKENS, Dataset, SetAside
from fiberwise.contracts.profile import Study
from fiberwise.contracts.synthesis import Brief, Finding, Synthesis

EXAMPLES = Path(__file__).parents[5] / "examples"
Cells = Mapping[str, Sequence[str | None]]
Briefed = Callable[[Cells], Brief]
Synthesize = Callable[[Brief], Synthesis]


@pytest.fixture(scope="module")
def briefed(stored: Callable[[Cells], Dataset], store_url: str) -> Briefed:
    def brief(cells: Cells) -> Brief:
        dataset = stored(cells)
        extract = extract_profile(Study(dataset=dataset), store_url)
        transform = clean_dataset(Cleaning(dataset=dataset), store_url)
        return Brief(dataset=dataset, extract=extract, transform=transform)

    return brief


@pytest.fixture(scope="module")
def synthesize(store_url: str) -> Synthesize:
    return lambda brief: write_synthesis(brief, store_url)


def penguins(name: str) -> Cells:
    with (EXAMPLES / name).open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {key: [row[key] for row in rows] for key in rows[0]}


def finding(synthesis: Synthesis, kind: str) -> Finding:
    return next(found for found in synthesis.findings if found.kind == kind)


def kinds(synthesis: Synthesis) -> set[str]:
    return {found.kind for found in synthesis.findings}


@pytest.mark.parametrize("name", ["penguins.csv", "penguins-raw.csv"])
def test_quality_of_the_penguins_is_what_plain_python_counts(
    name: str, briefed: Briefed, synthesize: Synthesize
) -> None:
    cells = penguins(name)
    rows = list(zip(*cells.values(), strict=True))
    flat = [cell for row in rows for cell in row]
    quality = synthesize(briefed(cells)).quality
    complete = sum(cell.strip() not in NULL_TOKENS for cell in flat if cell is not None) / len(flat)
    assert quality.completeness == pytest.approx(complete)
    assert quality.uniqueness == 1 - (len(rows) - len(set(rows))) / len(rows)
    assert quality.consistency == 1
    assert quality.score == pytest.approx(0.4 * complete + 0.3 * quality.uniqueness + 0.3)


@pytest.mark.parametrize("name", ["penguins.csv", "penguins-raw.csv"])
def test_correlations_of_the_penguins_are_those_of_plain_python(
    name: str, briefed: Briefed, synthesize: Synthesize
) -> None:
    cells, brief = penguins(name), briefed(penguins(name))
    assert brief.extract
    numeric = [column.name for column in brief.extract.columns if column.kind in ("integer", "number")]
    expected: dict[tuple[str, str], tuple[float, int]] = {}
    for a, b in combinations(numeric, 2):
        both = [
            (float(x), float(y))
            for x, y in zip(cells[a], cells[b], strict=True)
            if "NA" not in (x, y) and x and y
        ]
        r = statistics.correlation(*zip(*both, strict=True))
        if abs(r) >= 0.5:
            expected[a, b] = (r, len(both))
    found = synthesize(brief).correlations
    assert {(one.a, one.b): (pytest.approx(one.pearson), one.n) for one in found} == expected
    strengths = [abs(one.pearson) for one in found]
    assert strengths == sorted(strengths, reverse=True)


@given(st.lists(st.tuples(st.one_of(st.none(), st.integers(-99, 99)), st.floats(-1e6, 1e6)), min_size=3))
def test_a_correlation_is_over_the_rows_with_both_values(
    briefed: Briefed, synthesize: Synthesize, rows: list[tuple[int | None, float]]
) -> None:
    cells = {"a": [None if a is None else str(a) for a, _ in rows], "b": [repr(b) for _, b in rows]}
    both = [(float(a), b) for a, b in rows if a is not None]
    found = synthesize(briefed(cells)).correlations
    xs, ys = [x for x, _ in both], [y for _, y in both]
    if len(both) < 3 or len(set(xs)) < 2 or max(ys) - min(ys) < 1e-9:
        return
    r = statistics.correlation(xs, ys)
    if abs(abs(r) - 0.5) > 1e-6:
        expected = [(pytest.approx(r, abs=1e-6), len(both))] if abs(r) >= 0.5 else []
        assert [(one.pearson, one.n) for one in found] == expected


@given(st.lists(st.integers(-50, 50).map(lambda n: n * n * n), min_size=1))
def test_outliers_lie_outside_the_fences_round_extracts_quartiles(
    briefed: Briefed, synthesize: Synthesize, numbers: list[int]
) -> None:
    brief = briefed({"x": [str(number) for number in numbers]})
    assert brief.extract
    column = brief.extract.columns[0]
    p25, p75 = float(column.p25 or 0), float(column.p75 or 0)
    low, high = p25 - 1.5 * (p75 - p25), p75 + 1.5 * (p75 - p25)
    outside = sum(number < low or number > high for number in numbers)
    found = synthesize(brief).outliers
    assert [(one.low, one.high, one.count) for one in found] == ([(low, high, outside)] if outside else [])


def test_quality_agrees_with_extract_and_transform(briefed: Briefed, synthesize: Synthesize) -> None:
    brief = briefed({"a": ["1", "1", "x", None, " 1"], "b": ["k", "k", "l", None, "k"]})
    assert brief.extract
    assert brief.transform
    quality = synthesize(brief).quality
    columns = brief.extract.columns
    assert quality.completeness == sum(column.count for column in columns) / 10
    assert quality.uniqueness == 1 - brief.transform.duplicate_rows / 5 == 1 - 2 / 5
    assert quality.consistency == pytest.approx((3 + 4) / 8)


def test_codes_of_digits_are_consistent_though_some_look_like_integers(briefed: Briefed) -> None:
    brief = briefed({"zip": ["00501", "10001", "10002"]})
    assert brief.extract
    assert brief.extract.columns[0].mixed
    assert consistency(brief.extract.columns) == 1


def test_duplicates_are_counted_from_the_table_where_transform_did_not_count_them(
    briefed: Briefed, synthesize: Synthesize, stored: Callable[[Cells], Dataset], store_url: str
) -> None:
    cells = {"a": ["1", " 1", "NA", None, "2"]}
    whole = briefed(cells)
    partial = clean_dataset(Cleaning(dataset=stored(cells), rules=(Rule.DUPLICATE_ROWS,)), store_url)
    assert partial.duplicate_rows == 0
    for brief in (whole, Brief(dataset=whole.dataset), whole.model_copy(update={"transform": partial})):
        assert synthesize(brief).quality.uniqueness == 1 - 1 / 5


def test_a_missing_part_is_named_and_lowers_the_confidence(briefed: Briefed, synthesize: Synthesize) -> None:
    whole = briefed(penguins("penguins.csv"))
    sure = synthesize(whole).confidence
    no_transform = synthesize(whole.model_copy(update={"transform": None}))
    no_extract = synthesize(whole.model_copy(update={"extract": None}))
    neither = synthesize(Brief(dataset=whole.dataset))
    assert sure == pytest.approx(344 / 354, abs=1e-4)
    assert no_transform.confidence == pytest.approx(0.7 * sure, abs=1e-4)
    assert no_extract.confidence == pytest.approx(0.5 * sure, abs=1e-4)
    assert neither.confidence == pytest.approx(0.2 * sure, abs=1e-4)
    assert (no_transform.missing, no_extract.missing) == (["transform"], ["extract"])
    assert neither.missing == ["extract", "transform"]
    assert neither.quality.model_dump() == {
        "completeness": None,
        "uniqueness": 1.0,
        "consistency": None,
        "score": None,
    }
    assert neither.correlations == synthesize(whole).correlations
    assert "missing" in neither.summary


@pytest.mark.parametrize(
    "cells",
    [
        {"a": []},
        {"a": [None]},
        {"a": ["NA", None], "b": ["inf", "-inf"]},
        {"a": ["1"]},
        {"a": ["1e308", "-1e308", "1.5e308"], "b": ["1e308", "-1e308", "1.5e308"]},
        {"a": ["1e-320", "2e-320", "3e-320"], "b": ["1", "2", "3.5"]},
        {"a": [str(2**70), "1", "2"], "b": ["1", "2", "3"]},
    ],
)
def test_a_degenerate_data_set_has_a_synthesis(
    cells: Cells, briefed: Briefed, synthesize: Synthesize
) -> None:
    found = synthesize(briefed(cells))
    assert 0 <= (found.quality.score or 0) <= 1
    assert 2 <= found.summary.count(". ") + 1 <= 4
    assert found.next_steps
    assert all(-1 <= one.pearson <= 1 for one in found.correlations)


def test_without_rows_the_score_is_nothing(briefed: Briefed, synthesize: Synthesize) -> None:
    found = synthesize(briefed({"a": [], "b": []}))
    assert (found.quality.completeness, found.quality.uniqueness, found.quality.score) == (1.0, 1.0, 0.0)
    assert (found.confidence, found.findings[0].kind) == (0.0, "no_rows")


def test_findings_name_columns_and_figures_the_gravest_first(
    briefed: Briefed, synthesize: Synthesize
) -> None:
    n = 40
    brief = briefed(
        {
            "void": [None] * n,
            "sparse": ["x", *[None] * (n - 1)],
            "half": ["x", "y", *[None] * (n - 2)][:n],
            "gappy": [*["x", "y"] * 10, *[None] * 20],
            "same": ["k"] * n,
            "mixed": [*["1"] * (n - 1), "one"],
            "zip": ["00501", *["10001"] * (n - 1)],
            "word": [f"word {i}" for i in range(n)],
            "far": [*[str(i % 7) for i in range(n - 1)], "1000"],
            "double": [str(i) for i in range(n)],
            "twice": [f" {2 * i}" for i in range(n)],
        }
    )
    found = synthesize(brief)
    assert [one.severity for one in found.findings] == sorted(
        (one.severity for one in found.findings), key=["problem", "warning", "info"].index
    )
    assert finding(found, "all_null").columns == ["void"]
    assert finding(found, "nearly_empty").evidence == {"sparse": n - 1, "half": n - 2}
    assert finding(found, "gaps").evidence == {"gappy": 20}
    assert "same" in finding(found, "constant").columns
    assert "97.5% integer, 2.5% text" in finding(found, "mixed").text
    assert finding(found, "codes").columns == ["zip"]
    assert finding(found, "high_cardinality").columns == ["word"]
    assert finding(found, "outliers").evidence == {"far": 1}
    assert finding(found, "correlation").evidence == {"double ~ twice": pytest.approx(1.0)}
    assert finding(found, "spaces").evidence == {"twice": n}
    assert finding(found, "key").columns == ["word", "double", "twice"]
    assert len(found.next_steps) == len(set(found.next_steps)) >= 5


def test_rows_set_aside_at_intake_and_repeated_rows_are_findings(
    briefed: Briefed, synthesize: Synthesize
) -> None:
    brief = briefed({"a": ["1", "1", "2"]})
    ragged = brief.dataset.model_copy(update={"set_aside": SetAside(uri="x", rows=4)})
    found = synthesize(brief.model_copy(update={"dataset": ragged}))
    assert finding(found, "ragged_rows").evidence == {"rows": 4}
    assert finding(found, "duplicates").evidence == {"duplicate_rows": 1, "rows": 3}
    assert "no_key" in kinds(found)


def test_a_column_without_a_name_takes_part(briefed: Briefed, synthesize: Synthesize) -> None:
    numbers = [*map(str, range(9)), "1000"]
    found = synthesize(briefed({"": numbers, "b": numbers}))
    assert [(one.a, one.b) for one in found.correlations] == [("", "b")]
    assert [one.column for one in found.outliers] == ["", "b"]


def test_at_most_twenty_correlations_are_listed(briefed: Briefed, synthesize: Synthesize) -> None:
    found = synthesize(briefed({f"c{k}": [str(i * (k + 1)) for i in range(5)] for k in range(8)}))
    assert len(found.correlations) == 20
    assert (found.correlations[0].a, found.correlations[0].b) == ("c0", "c1")
