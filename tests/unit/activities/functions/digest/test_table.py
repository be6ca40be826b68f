"""A digest's figures are those of `extract`, wherever one pass can know them; else it says that they are not exact."""

import statistics
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from activities.agents.data_processor.extraction import profile
from activities.functions.digest.block import Block
from activities.functions.digest.table import Table
from fiberwise.contracts.dataset import NULL_TOKENS
from fiberwise.contracts.profile import Column, Extract

ROOM = 1 << 26
BEYOND = {"std", "p25", "p50", "p75", "patterns", "mean"}
KINDS: dict[str, st.SearchStrategy[str]] = {
    "integer": st.integers().map(str) | st.integers(-3, 3).map("{:+}".format),
    "big": st.integers(2**62, 2**66).map(str),
    "number": st.floats(allow_nan=False).map(str) | st.sampled_from(["1", "1.0", "+1", "1e0", ".5", "-0.0"]),
    "boolean": st.sampled_from(["true", "FALSE", "True"]),
    "date": st.dates().map(str) | st.dates().map(lambda day: f"{day:%Y}".zfill(4) + f"/{day:%m/%d}"),
    "other date": st.dates().map(lambda day: f"{day.day}.{day.month}.{day.year:04}"),
    "either date": st.dates().map(lambda day: f"{day.day}/{day.month}/{day.year:04}"),
    "named date": st.dates().map(lambda day: f"{day:%d %B} {day.year:04}"),
    "no date": st.sampled_from(["2024-02-30", "0000-01-01", "31/02/2024"]),
    "datetime": st.datetimes().map(str),
    "instant": st.datetimes().flatmap(
        lambda moment: st.sampled_from(["Z", "+05:30", "-1200", "+00"]).map(lambda zone: f"{moment}{zone}")
    ),
    "fine": st.datetimes().map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}".zfill(19) + ".123456789"),
    "code": st.from_regex(r"0[0-9]{1,3}", fullmatch=True),
    "word": st.sampled_from(["a", "B", "é", "infinity", "-inf", "ſ", "١", "x" * 1001, "nan", "None"]),
    "any": st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
}
PADDING = st.sampled_from(["{}", "{}", " {}", "{}\t", "\u2003{} "])


def cells(kinds: Sequence[str]) -> st.SearchStrategy[list[str]]:
    padded = st.tuples(PADDING, st.one_of(KINDS[kind] for kind in kinds))
    values = padded.map(lambda pair: pair[0].format(pair[1]))
    return st.lists(values | st.sampled_from(NULL_TOKENS), max_size=12)


COLUMN = st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=2, unique=True).flatmap(cells)


def digested(column: Sequence[str], room: int = ROOM, pieces: int = 1) -> Extract:
    table, size = Table(NULL_TOKENS, room), -(-len(column) // pieces) or 1
    table.add(Block(0, {"c": ()}, []))
    for start in range(0, len(column), size):
        part = column[start : start + size]
        table.add(Block(len(part), {"c": part}, []))
    return table.extract()


def extracted(column: Sequence[str]) -> Column:
    return profile(pl.DataFrame({"c": column}, schema={"c": pl.String}), NULL_TOKENS).columns[0]


def known(column: Column) -> dict[str, Any]:
    return column.model_dump(exclude=BEYOND)


@given(COLUMN)
@example([])
@example(["2024-01-01T00:00", "2024-01-01T00:00Z"])
@example(["9007199254740993", "9007199254740992"])
@example(["1.5", "9" * 300])
@example(["1e400", "-1e400", "2"])
@example(["0001-01-01T00:00+01:00"])
@example(["01/02/2024", "13/02/2024"])
@example(["5.1.2024", "05.01.2024"])
def test_every_figure_that_one_pass_can_know_is_as_in_extract(column: list[str]):
    found = digested(column)
    assert known(found.columns[0]) == known(extracted(column))
    assert found.approximate == []


@given(COLUMN, st.integers(2, 5))
def test_in_pieces_and_without_room_only_the_count_of_different_values_and_the_top_are_not_exact(
    column: list[str], pieces: int
):
    [rough], [exact] = digested(column, room=0, pieces=pieces).columns, digested(column).columns
    lost = {"distinct", "top", "notes"}
    assert rough.model_dump(exclude=lost) == exact.model_dump(exclude=lost)
    assert rough.top is None or rough.top == exact.top


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
@example([1e308, 1e308, -1e308])
@example([5e-324])
def test_the_mean_is_the_exact_one_rounded_once(values: list[float]):
    [column] = digested([*map(repr, values), "0.5"]).columns
    assert column.mean == float(statistics.mean(map(Fraction, [*values, 0.5])))


@pytest.mark.parametrize("different", [3_000, 60_000])
def test_the_count_of_different_values_stays_within_its_bound_when_there_is_little_room(different: int):
    values = [f"v{number}" for number in range(different)]
    found = digested(values * 2, room=200_000, pieces=50)
    [rough] = found.approximate
    share = float(rough.bound.split()[1].rstrip("%")) / 100
    assert (rough.column, rough.figure) == ("c", "distinct")
    assert found.columns[0].distinct == pytest.approx(different, rel=share)
    assert 0 < share < 0.2


def test_a_column_that_names_each_row_is_a_key_unless_its_count_is_rough():
    values = [f"v{number}" for number in range(5000)]
    assert digested(values).keys == [["c"]]
    assert digested(values, room=50_000).keys == []
    assert digested([*values, ""]).keys == []
    assert digested([]).keys == []
