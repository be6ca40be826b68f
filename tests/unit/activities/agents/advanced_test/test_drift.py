"""What is called drift: never a source against itself, always a planted change, and no mere multitude of rows."""

import random
from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.agents.advanced_test.drift import changes
from activities.agents.data_processor.extraction import profile
from fiberwise.contracts.dataset import NULL_TOKENS, Kind
from fiberwise.contracts.profile import Approximate, Column, Extract, Top
from fiberwise.contracts.remembered import KeptColumn, Profile, profile_of

CELL = st.one_of(
    st.none(), st.sampled_from(["", "1", "2", "2.5", "-7", "true", "false", "a", "b", "2026-01-02"])
)
COLUMNS = st.integers(1, 40).flatmap(
    lambda rows: st.dictionaries(
        st.sampled_from("abcde"), st.lists(CELL, min_size=rows, max_size=rows), min_size=1
    )
)


def of(**cells: Sequence[str | None]) -> Profile:
    return profile_of(profile(pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String)), NULL_TOKENS))


def told(before: Profile, now: Profile) -> list[tuple[str, str]]:
    """(column, what) of each change."""
    return [(change.column, change.what) for change in changes(before, now)[0]]


@given(COLUMNS)
@settings(deadline=None)
def test_a_data_set_never_drifts_against_itself(cells: dict[str, list[str | None]]):
    assert changes(of(**cells), of(**cells))[0] == []


def test_columns_come_and_go_and_change_their_kind():
    before = of(a=["1", "2"], b=["1", "2"], c=["x", "y"])
    now = of(a=["1", "2"], b=["1", "x"], d=["x", "y"])
    assert told(before, now) == [("c", "gone"), ("d", "come"), ("b", "kind")]


def test_a_column_without_any_value_has_not_changed_its_kind():
    assert told(of(a=["1"] * 4), of(a=[None] * 4)) == []


@pytest.mark.parametrize("seed", range(5))
def test_planted_changes_are_found_and_nothing_else(seed: int):
    draw = random.Random(seed)

    def sample(gap: float, true: float, shop: str, mean: float) -> Profile:
        rows = range(2000)
        return of(
            steady=[str(draw.gauss(0, 1)) for _ in rows],
            gaps=["" if draw.random() < gap else "x" for _ in rows],
            paid=["true" if draw.random() < true else "false" for _ in rows],
            shop=[draw.choice(shop) for _ in rows],
            mass=[str(draw.gauss(mean, 10)) for _ in rows],
            id=[str(row) for row in rows],
        )

    before, now = sample(0.02, 0.5, "abcd", 100), sample(0.2, 0.7, "aabcd", 105)
    assert told(before, sample(0.02, 0.5, "abcd", 100)) == []
    assert set(told(before, now)) == {("gaps", "nulls"), ("paid", "true"), ("shop", "top"), ("mass", "mean")}


def test_a_change_tells_its_test_and_numbers():
    before = of(mass=[str(100 + n % 7) for n in range(200)])
    now = of(mass=[str(102 + n % 7) for n in range(200)])
    found, tests = changes(before, now)
    (change,) = found
    assert (change.test, tests) == ("Welch t", 2)
    assert change.p_alone
    assert change.p == pytest.approx(2 * change.p_alone)
    assert "the mean of `mass` is 104" in change.text


def column(count: int, mean: float) -> Profile:
    kept = KeptColumn(name="x", kind=Kind.NUMBER, count=count, nulls=0, distinct=count, mean=mean, std=1.0)
    return Profile(rows=count, columns=[kept])


def test_a_million_rows_do_not_make_a_trifle_a_drift():
    found, tests = changes(column(10**6, 0.0), column(10**6, 0.05))
    assert (found, tests) == ([], 2)
    assert told(column(10**6, 0.0), column(10**6, 0.3)) == [("x", "mean")]


def test_more_rows_of_what_numbers_them_are_no_drift():
    before, now = (of(id=[str(n) for n in range(rows)]) for rows in (100, 1000))
    assert told(before, now) == []


def test_estimated_figures_are_not_taken_for_exact_ones():
    ids = Column(name="id", kind=Kind.INTEGER, count=1000, nulls=0, distinct=988)
    shop = Column(name="shop", kind=Kind.TEXT, count=1000, nulls=0, distinct=5, top=[Top(value="a", count=9)])
    rough = [
        Approximate(column=one, figure=of, bound="1 %") for one, of in (("id", "distinct"), ("shop", "top"))
    ]
    kept = profile_of(Extract(rows=1000, columns=[ids, shop], approximate=rough)).columns
    assert (kept[0].distinct, kept[1].top) == (1000, [])


def test_nothing_is_called_new_or_gone_that_was_only_left_out():
    whole = of(a=["1"], b=["1"])
    part = Profile(rows=1, columns=whole.columns[:1], left_out=1)
    assert told(part, whole) == told(whole, part) == []


def test_a_value_that_only_one_list_can_count_is_among_the_others():
    def texts(top: list[Top]) -> Profile:
        kept = KeptColumn(name="x", kind=Kind.TEXT, count=1000, nulls=0, distinct=900, top=top)
        return Profile(rows=1000, columns=[kept])

    before, now = texts([Top(value="a", count=50)]), texts([Top(value="b", count=50)])
    assert changes(before, now) == ([], 1)


def test_of_many_steady_samples_hardly_any_is_called_drifted():
    draw = random.Random(7)

    def sample() -> Profile:
        rows = range(300)
        return of(
            x=[str(draw.gauss(0, 1)) for _ in rows],
            y=[draw.choice("abcdefgh") for _ in rows],
            z=["" if draw.random() < 0.1 else "1" for _ in rows],
        )

    assert sum(bool(told(sample(), sample())) for _ in range(60)) <= 3
