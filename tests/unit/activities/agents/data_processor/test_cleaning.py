"""Each rule does and counts what it says; rows add up; and cleaning what is clean changes nothing."""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.agents.data_processor.cleaning import clean_dataset
from activities.agents.data_processor.naming import clean_names
from fiberwise.contracts.cleaning import Cleaning, Rule, RuleCount, Transform
from fiberwise.contracts.dataset import NULL_TOKENS, Artifact, Dataset

EXAMPLES = Path(__file__).parents[5] / "examples"
Cells = Mapping[str, Sequence[str | None]]
Clean = Callable[..., Transform]
Fetched = Callable[[Artifact], pl.DataFrame]

TRICKY = (
    "| |NA|1|1.0| 1|+1|-0.0|0|00501|TRUE|true|inf|1e400|a| a|99999999999999999999|2020-01-31|31.01.2020|31/01/2020"
    "|2020/01/31|2020-01-31T10:00|2020-01-31 10:00:00Z|2020-01-31T10:00:00.123456789"
)
CELL = st.one_of(
    st.none(),
    st.sampled_from(TRICKY.split("|")),
    st.floats().map(repr),
    st.text(max_size=3),
)


@st.composite
def tables(draw: st.DrawFn) -> Cells:
    names = draw(st.lists(st.text(alphabet="aAbB _2é", max_size=4), min_size=1, max_size=3, unique=True))
    rows = draw(st.integers(0, 7))
    pools = {name: draw(st.lists(CELL, min_size=1, max_size=3)) for name in names}
    cell = {name: st.lists(st.sampled_from(pools[name]), min_size=rows, max_size=rows) for name in names}
    return {name: draw(cell[name]) for name in names}


@pytest.fixture(scope="module")
def clean(stored: Callable[[Cells], Dataset], store_url: str) -> Clean:
    def run(
        cells: Cells, rules: Sequence[Rule] = tuple(Rule), tokens: Sequence[str] = NULL_TOKENS
    ) -> Transform:
        cleaning = Cleaning(dataset=stored(cells), rules=tuple(rules), null_tokens=tuple(tokens))
        return clean_dataset(cleaning, store_url)

    return run


def counted(transform: Transform, rule: Rule) -> list[RuleCount]:
    return [count for count in transform.rules if count.rule is rule]


def values_of(row: Sequence[str | None]) -> tuple[str | None, ...]:
    trimmed = (cell if cell is None else cell.strip() for cell in row)
    return tuple(None if cell in NULL_TOKENS else cell for cell in trimmed)


@given(tables())
def test_rows_add_up_and_those_taken_out_are_kept(
    clean: Clean, beside: Callable[[str], pl.DataFrame], cells: Cells
) -> None:
    rows = [values_of(row) for row in zip(*cells.values(), strict=True)]
    full = [row for row in rows if any(cell is not None for cell in row)]
    found = clean(cells)
    assert found.rows_in == len(rows) == found.rows_out + found.set_aside.rows
    assert found.rows_out == len(set(full)) == found.output.rows
    assert found.duplicate_rows == len(full) - len(set(full))
    assert [count.count for count in counted(found, Rule.EMPTY_ROWS)] == [len(rows) - len(full)]
    if found.set_aside.uri:
        kept = beside(found.set_aside.uri)
        given_rows = list(zip(*cells.values(), strict=True))
        assert [row[2:] for row in kept.rows()] == [given_rows[row[1] - 1] for row in kept.rows()]
        assert kept.height == found.set_aside.rows


@settings(max_examples=60)
@given(tables(), st.sampled_from([NULL_TOKENS, ("",), ("", "1.0", "true"), ("a",)]))
def test_cleaning_what_is_clean_changes_nothing(
    clean: Clean, fetched: Fetched, reread: Callable[[Artifact], Cells], cells: Cells, tokens: Sequence[str]
) -> None:
    once = clean(cells, tokens=tokens)
    twice = clean(reread(once.output), tokens=tokens)
    assert fetched(twice.output).equals(fetched(once.output))
    assert twice.output.sha256 == once.output.sha256
    assert twice.set_aside.rows == 0
    assert [count.count for count in twice.rules] == [0] * len(Rule)


@pytest.mark.parametrize("name", ["penguins.csv", "penguins-raw.csv"])
def test_the_penguins_keep_every_value(name: str, clean: Clean, fetched: Fetched) -> None:
    with (EXAMPLES / name).open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    cells = {key: [row[key] for row in rows] for key in rows[0]}
    found = clean(cells)
    table = fetched(found.output)
    gaps = {key: sum(cell in NULL_TOKENS for cell in column) for key, column in cells.items()}
    assert {count.column: count.count for count in counted(found, Rule.NULL_TOKENS)} == {
        key: count for key, count in gaps.items() if count
    }
    assert found.rows_out == len({tuple(row.values()) for row in rows})
    for key, column in zip(cells, table.columns, strict=True):
        numeric = table[column].dtype.is_numeric()
        values = [None if cell in NULL_TOKENS else float(cell) if numeric else cell for cell in cells[key]]
        assert [cell if numeric or cell is None else str(cell) for cell in table[column]] == values


def test_each_rule_counts_what_it_changed_with_examples(clean: Clean, fetched: Fetched) -> None:
    cells = {
        "Body Mass": [" 1.50", "2", "NA", None, "2"],
        "Is Ok": ["TRUE", "false ", "n/a", " ", "false"],
        "Day": ["31/01/2020", "01/02/2020", None, "", "01/02/2020"],
    }
    found = clean(cells)
    table = [
        (count.rule.value, count.column, count.count, count.unit, count.examples) for count in found.rules
    ]
    assert table == [
        ("trim", "Body Mass", 1, "cells", ['" 1.50" -> "1.50"']),
        ("trim", "Is Ok", 2, "cells", ['"false " -> "false"', '" " -> ""']),
        ("null_tokens", "Body Mass", 1, "cells", ['"NA" -> null']),
        ("null_tokens", "Is Ok", 2, "cells", ['"n/a" -> null', '"" -> null']),
        ("null_tokens", "Day", 1, "cells", ['"" -> null']),
        ("empty_rows", None, 2, "rows", ["row 3 -> removed", "row 4 -> removed"]),
        ("duplicate_rows", None, 1, "rows", ["row 5 -> removed, the same as row 2"]),
        ("casts", "Body Mass", 2, "cells", ['"1.50" -> "1.5"', '"2" -> "2.0"']),
        ("casts", "Is Ok", 1, "cells", ['"TRUE" -> "true"']),
        ("casts", "Day", 2, "cells", ['"31/01/2020" -> "2020-01-31"', '"01/02/2020" -> "2020-02-01"']),
        ("snake_case", None, 3, "columns", ["Body Mass -> body_mass", "Is Ok -> is_ok", "Day -> day"]),
    ]
    schema = {"body_mass": pl.Float64(), "is_ok": pl.Boolean(), "day": pl.Date()}
    assert dict(fetched(found.output).schema) == schema


@pytest.mark.parametrize(
    ("texts", "dtype"),
    [
        (["1", None], pl.Int64()),
        (["1", "1.5"], pl.Float64()),
        (["2020-01-01T10:00", "2020-01-02 10:00:00"], pl.Datetime("us")),
        (["2020-01-01T10:00Z", "2020-01-02 10:00:00+01:00"], pl.Datetime("us", "UTC")),
        (["00501", "10001"], pl.String()),
        (["NA", None], pl.String()),
    ],
)
def test_a_column_is_cast_to_its_kind(
    texts: list[str], dtype: pl.DataType, clean: Clean, fetched: Fetched
) -> None:
    table = fetched(clean({"x": texts, "n": [str(n) for n in range(len(texts))]}).output)
    assert table["x"].dtype == dtype


@pytest.mark.parametrize(
    "texts",
    [
        ["99999999999999999999", "1"],
        ["2020-01-01T10:00Z", "2020-01-02T10:00"],
        ["2020-01-01T10:00:00.123456789", "2020-01-01T10:00:00"],
    ],
)
def test_a_cast_that_would_lose_something_leaves_text(
    texts: list[str], clean: Clean, fetched: Fetched
) -> None:
    assert fetched(clean({"x": texts}).output)["x"].to_list() == texts


def test_rows_that_only_a_cast_would_make_equal_stay_apart(clean: Clean, fetched: Fetched) -> None:
    found = clean({"x": ["1", "1.0", "2"], "n": ["7", "7", "8"]})
    assert (found.rows_out, found.duplicate_rows) == (3, 0)
    table = fetched(found.output)
    assert (table["x"].to_list(), table["n"].to_list()) == (["1", "1.0", "2"], [7, 7, 8])


@pytest.mark.parametrize("rule", list(Rule))
def test_only_the_rules_asked_for_run(rule: Rule, clean: Clean, fetched: Fetched) -> None:
    cells = {"A": [" a", "NA", "NA", None], "B": ["1", "2", "2", None]}
    found = clean(cells, rules=[rule])
    assert {count.rule for count in found.rules} == {rule}
    table = fetched(found.output)
    assert (table.columns == ["a", "b"]) is (rule is Rule.SNAKE_CASE)
    assert (table.to_series(0)[0] == "a") is (rule is Rule.TRIM)
    assert (table.to_series(1).dtype == pl.Int64) is (rule is Rule.CASTS)
    assert found.rows_out == {Rule.EMPTY_ROWS: 3, Rule.DUPLICATE_ROWS: 3}.get(rule, 4)


def test_no_rules_leave_the_cells_as_they_were(clean: Clean, fetched: Fetched) -> None:
    cells = {"A b": [" a", None]}
    found = clean(cells, rules=[])
    assert (found.rules, fetched(found.output).to_dict(as_series=False)) == ([], cells)


def test_rows_taken_out_tell_rule_and_row_as_they_were_given(
    clean: Clean, beside: Callable[[str], pl.DataFrame]
) -> None:
    found = clean({"fiberwise_row": ["1", " ", " 1", "2"], "b": ["x", "NA", "x", None]})
    kept = beside(found.set_aside.uri or "")
    assert kept.columns == ["fiberwise_rule", "fiberwise_row_2", "fiberwise_row", "b"]
    assert kept.rows() == [("empty_rows", 2, " ", "NA"), ("duplicate_rows", 3, " 1", "x")]


def test_nothing_set_aside_has_no_file(clean: Clean) -> None:
    assert clean({"a": ["1"]}).set_aside.uri is None


def test_a_header_without_rows_stays_one(clean: Clean, fetched: Fetched) -> None:
    found = clean({"A": [], "B": []})
    assert (found.rows_in, found.rows_out, fetched(found.output).columns) == (0, 0, ["a", "b"])


def test_the_same_rows_give_the_same_bytes(clean: Clean) -> None:
    cells = {"x": [str(n % 97) for n in range(5000)]}
    assert clean(cells).output == clean(cells).output


@pytest.mark.parametrize(
    ("names", "clean"),
    [
        (
            ["Culmen Length (mm)", "studyName", "HTTPServer"],
            ["culmen_length_mm", "study_name", "http_server"],
        ),
        (["a", "A", "a_2", "A "], ["a", "a_2", "a_2_2", "a_3"]),
        (["", "%", "column_1"], ["column_1", "column_2", "column_1_2"]),
        (["Größe", "2020", "already_so"], ["größe", "2020", "already_so"]),
    ],
)
def test_names_become_snake_case(names: list[str], clean: list[str]) -> None:
    assert clean_names(names) == clean


@given(st.lists(st.text(max_size=6), unique=True, max_size=6))
def test_clean_names_are_unique_and_stay_so(names: list[str]) -> None:
    once = clean_names(names)
    assert len(set(once)) == len(names)
    assert clean_names(once) == once


def test_a_column_whose_name_is_a_pattern_of_others_is_cleaned_alone(clean: Clean, fetched: Fetched) -> None:
    done = clean({"^a|b$": [" 1", "NA", "3.5"], "b": ["x", "y", "z"]})
    table = fetched(done.output)
    assert table.to_series(0).to_list() == [1.0, None, 3.5]
    assert table.to_series(1).to_list() == ["x", "y", "z"]


@pytest.mark.parametrize(
    "cells", [["1/2/2020", "31/1/2020"], ["2020-01-31T10:00Z", "2020-01-31T11:00Z"], ["2020-01-31", "x"]]
)
def test_a_column_may_have_a_name_that_looks_like_a_pattern(clean: Clean, cells: Sequence[str]) -> None:
    made = clean({"^a$": cells, "*": ["x", "y"]})
    assert made.rows_out == 2
