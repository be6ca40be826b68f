"""Every figure against plain Python: the csv and statistics modules, and sorting by hand."""

import csv
import math
import re
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.agents.data_processor.extraction import extract_profile
from fiberwise.contracts.dataset import NULL_TOKENS, Dataset
from fiberwise.contracts.errors import ArtifactMissing
from fiberwise.contracts.profile import Column, Extract, Study

EXAMPLES = Path(__file__).parents[5] / "examples"
Cells = Mapping[str, Sequence[str | None]]
Profile = Callable[[Cells], Extract]


@pytest.fixture(scope="module")
def profile(stored: Callable[[Cells], Dataset], store_url: str) -> Profile:
    return lambda cells: extract_profile(Study(dataset=stored(cells)), store_url)


@pytest.fixture(scope="module")
def column(profile: Profile) -> Callable[..., Column]:
    return lambda *texts: profile({"x": texts}).columns[0]


def values_of(texts: Sequence[str | None]) -> list[str]:
    trimmed = [text.strip() for text in texts if text is not None]
    return [text for text in trimmed if text not in NULL_TOKENS]


def percentile(ordered: Sequence[float], share: float) -> float:
    place = (len(ordered) - 1) * share
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))


def assert_numbers(found: Column, numbers: Sequence[float]) -> None:
    ordered = sorted(numbers)
    assert (found.min, found.max) == (ordered[0], ordered[-1])
    assert found.distinct == len(set(numbers))
    scale = max(abs(ordered[0]), abs(ordered[-1]))
    near = {"rel": 1e-9, "abs": 1e-9 * scale}
    assert found.mean == pytest.approx(statistics.mean(numbers), **near)
    for share, figure in ((0.25, found.p25), (0.5, found.p50), (0.75, found.p75)):
        assert figure == pytest.approx(percentile(ordered, share), **near)
    if len(numbers) == 1:
        assert found.std is None
    else:
        assert found.std == pytest.approx(statistics.stdev(numbers), **near)


def assert_texts(found: Column, texts: Sequence[str]) -> None:
    tally = sorted(Counter(texts).items(), key=lambda item: (-item[1], item[0]))
    assert found.distinct == len(tally)
    assert [(top.value, top.count) for top in found.top or []] == tally[:10]
    assert found.min_length == min(map(len, texts))
    assert found.max_length == max(map(len, texts))


@pytest.mark.parametrize("name", ["penguins.csv", "penguins-raw.csv"])
def test_figures_of_the_penguins_are_those_that_plain_python_finds(name: str, profile: Profile) -> None:
    with (EXAMPLES / name).open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    cells = {key: [row[key] for row in rows] for key in rows[0]}
    found = profile(cells)
    assert found.rows == len(rows)
    assert [column.name for column in found.columns] == list(cells)
    for column in found.columns:
        values = values_of(cells[column.name])
        assert (column.count, column.nulls) == (len(values), len(rows) - len(values))
        if all(re.fullmatch(r"-?\d+", value) for value in values):
            assert column.kind == "integer"
            assert_numbers(column, [int(value) for value in values])
        elif all(re.fullmatch(r"-?\d+(\.\d+)?", value) for value in values):
            assert column.kind == "number"
            assert_numbers(column, [float(value) for value in values])
        elif all(re.fullmatch(r"\d{4}-\d\d-\d\d", value) for value in values):
            assert (column.kind, column.min, column.max) == ("date", min(values), max(values))
            assert column.distinct == len(set(values))
        else:
            assert column.kind == "text"
            assert_texts(column, values)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_integers_have_the_figures_of_plain_python(column: Callable[..., Column], numbers: list[int]) -> None:
    found = column(*map(str, numbers))
    assert found.kind == "integer"
    assert_numbers(found, numbers)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=1))
def test_numbers_have_the_figures_of_plain_python(
    column: Callable[..., Column], numbers: list[float]
) -> None:
    found = column(*map(repr, numbers), "0.5")
    if max(map(abs, numbers)) < 1e150:
        assert_numbers(found, [*numbers, 0.5])
    assert found.kind == "number"
    assert isinstance(found.mean, float)


@given(st.lists(st.text(alphabet=" ab\U0001f600é\uffff\x1f", max_size=4), min_size=1))
def test_texts_have_the_figures_of_plain_python(column: Callable[..., Column], texts: list[str]) -> None:
    found = column(*texts, "word")
    assert found.kind == "text"
    assert_texts(found, values_of([*texts, "word"]))


def test_more_texts_than_are_counted_by_hand_have_the_same_figures(column: Callable[..., Column]) -> None:
    texts = [f"word {n * n % 701}" for n in range(5000)]
    assert_texts(column(*texts), texts)


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["1", "-2", "+3", "0", "-0"], "integer"),
        ([" 1 ", "NA", None, "\t2"], "integer"),
        (["99999999999999999999", "1"], "integer"),
        (["1", "2.5"], "number"),
        ([".5", "5.", "-1.5e3", "1E+9", "+0.25"], "number"),
        (["inf", "-Infinity", "INF", "1"], "number"),
        (["1e400"], "number"),
        (["00501", "10001"], "text"),
        (["00.5"], "text"),
        (["1,000"], "text"),
        (["1_000"], "text"),
        (["0x10"], "text"),
        (["٣"], "text"),
        (["1" * 301], "text"),
        (["true", "FALSE", "True"], "boolean"),
        (["falſe", "true"], "text"),
        (["yes", "no"], "text"),
        (["0001-01-01", "9999-12-31"], "date"),
        (["2020-01-31", "2020/02/01"], "date"),
        (["2020-02-30"], "text"),
        (["0000-01-01"], "text"),
        (["31/12/2020", "01/02/2020"], "date"),
        (["12/31/2020", "01/02/2020"], "date"),
        (["01/02/2020", "03/04/2020"], "text"),
        (["31/12/2020", "12/31/2020"], "text"),
        (["31-12-2020"], "date"),
        (["01.02.2020"], "date"),
        (["2020.12.31"], "date"),
        (["2020-1-5", "2020-11-15"], "date"),
        (["3 March 2020", "03 Mar 2020"], "date"),
        (["Mar 3, 2020"], "date"),
        (["3-MAR-2020"], "date"),
        (["2020-01-01T10:00", "2020-01-01 10:00:05.25"], "datetime"),
        (["2020-01-01T10:00:00Z", "2020-01-01T10:00:00+02:00", "2020-01-01T10:00:00-0530"], "datetime"),
        (["2020-01-01T24:00"], "text"),
        (["2021-02-29T10:00"], "text"),
        (["0001-01-01T00:00:00+01:00"], "text"),
        (["2020-01-01", "2020-01-01T10:00"], "text"),
        (["NA", "", None], "text"),
        ([], "text"),
    ],
)
def test_a_column_is_of_the_kind_that_all_its_values_are(
    texts: list[str | None], kind: str, column: Callable[..., Column]
) -> None:
    assert column(*texts).kind == kind


def test_the_one_reading_that_fits_the_whole_column_gives_the_dates(column: Callable[..., Column]) -> None:
    found = column("31/12/2020", "01/02/2020")
    assert (found.min, found.max, found.distinct) == ("2020-02-01", "2020-12-31", 2)


def test_dates_that_could_be_either_way_round_are_text_with_a_note(column: Callable[..., Column]) -> None:
    found = column("01/02/2020", "03/04/2020")
    assert "either way round" in found.notes[0]
    assert [(pattern.pattern, pattern.share) for pattern in found.patterns] == [("date", 1.0)]


def test_instants_are_compared_in_utc(column: Callable[..., Column]) -> None:
    found = column("2020-01-01T10:00:00Z", "2020-01-01T11:00:00+02:00", "2020-01-01T09:00:00Z")
    assert (found.min, found.max, found.distinct) == ("2020-01-01T09:00:00Z", "2020-01-01T10:00:00Z", 2)


def test_naive_datetimes_keep_their_fraction(column: Callable[..., Column]) -> None:
    found = column("2020-01-01 10:00:00.25", "9999-12-31T23:59:59.999999")
    assert (found.min, found.max) == ("2020-01-01T10:00:00.250000", "9999-12-31T23:59:59.999999")


def test_datetimes_with_and_without_offset_are_noted(column: Callable[..., Column]) -> None:
    assert "taken as UTC" in column("2020-01-01T10:00Z", "2020-01-01T10:00").notes[0]


def test_a_mixed_column_tells_the_share_of_each_kind(column: Callable[..., Column]) -> None:
    found = column(
        "1", "2.5", "true", "2020-01-01", "2020-02-30", "2020-01-01T10:00", "word", "4", "NA", None
    )
    shares = {"integer": 2, "number": 1, "boolean": 1, "date": 1, "datetime": 1, "text": 2}
    assert found.kind == "text"
    assert found.mixed == {kind: n / 8 for kind, n in shares.items()}


def test_a_column_of_words_is_not_mixed(column: Callable[..., Column]) -> None:
    assert column("a", "b", None).mixed is None


def test_numbers_are_distinct_by_value(column: Callable[..., Column]) -> None:
    assert column("1", "1.0", "1e0", "-0.0", "0").distinct == 2


def test_integers_past_64_bits_are_exact_texts(column: Callable[..., Column]) -> None:
    found = column(str(2**70), str(-(2**80)), "+5", "5", None)
    assert (found.min, found.max, found.distinct, found.count) == (str(-(2**80)), str(2**70), 3, 4)
    assert found.p50 == 5
    numbers = [2**70, -(2**80), 5, 5]
    assert found.mean == pytest.approx(statistics.mean(numbers))
    assert found.std == pytest.approx(statistics.stdev(numbers))
    assert "past 64 bits" in found.notes[0]


def test_infinity_is_a_text_in_figures_and_never_a_nan(column: Callable[..., Column]) -> None:
    found = column("inf", "-inf", "1", "2")
    assert (found.min, found.max, found.mean, found.std) == ("-Infinity", "Infinity", None, None)
    assert (found.p25, found.p50, found.p75) == ("-Infinity", 1.5, "Infinity")
    one_sided = column("inf", "1", "2.5")
    assert (one_sided.mean, one_sided.std, one_sided.p75) == ("Infinity", None, "Infinity")
    assert one_sided.notes == ["holds infinity"]


def test_figures_of_the_largest_floats_do_not_overflow(column: Callable[..., Column]) -> None:
    found = column("1.7e308", "1.7e308", "-1.7e308", "0.5")
    assert found.mean == pytest.approx(0.425e308, rel=1e-9)
    assert found.p25 == pytest.approx(-0.425e308)
    assert found.std == pytest.approx(1.7e308 * statistics.stdev([1, 1, -1, 0]))


def test_booleans_count_what_is_true(column: Callable[..., Column]) -> None:
    found = column("TRUE", "false", "true", "", None)
    assert (found.count, found.nulls, found.distinct, found.true_count) == (3, 2, 2, 2)


def test_a_column_without_values_is_text_of_none(column: Callable[..., Column]) -> None:
    found = column("NA", None, "  ")
    assert (found.kind, found.count, found.nulls, found.distinct, found.top) == ("text", 0, 3, 0, [])
    assert found.min_length is None


def test_one_value_throughout_has_no_spread(column: Callable[..., Column]) -> None:
    found = column(*["0.1"] * 7)
    assert (found.min, found.mean, found.std, found.p25, found.max) == (0.1, 0.1, 0.0, 0.1, 0.1)


def test_other_null_tokens_replace_the_default(stored: Callable[[Cells], Dataset], store_url: str) -> None:
    study = Study(dataset=stored({"x": ["-", " - ", "5", "NA"]}), null_tokens=("-",))
    found = extract_profile(study, store_url).columns[0]
    assert (found.count, found.nulls, found.kind) == (2, 2, "text")


def test_a_cell_of_megabytes_is_measured_but_not_shown_whole(column: Callable[..., Column]) -> None:
    found = column("x" * 5_000_000, "y")
    assert found.max_length == 5_000_000
    assert max(len(top.value) for top in found.top or []) == 1001
    assert "cut" in found.notes[0]


def test_patterns_tell_the_share_of_values_that_have_them(column: Callable[..., Column]) -> None:
    texts = ["ann@example.org", "bob@example.org", "https://example.org/a", "AB-1234", "free text", None]
    found = {pattern.pattern: pattern.share for pattern in column(*texts).patterns}
    assert found == {"email": 0.4, "url": 0.2, "identifier": 0.2}
    assert column("0f8fad5b-d9cb-469f-a165-70867728950e", "x").patterns[0].pattern == "uuid"
    assert column("00501", "10001").patterns[0].pattern == "digits"


def test_a_key_is_a_column_without_gaps_or_repetition(profile: Profile) -> None:
    cells = {"a": ["1", "2", "3"], "b": ["x", "x", "y"], "c": ["p", None, "q"], "d": ["u", "v", "w"]}
    assert profile(cells).keys == [["a"], ["d"]]


def test_numbers_that_are_equal_by_value_are_no_key(profile: Profile) -> None:
    assert profile({"a": ["1", "1.0", "2.5"]}).keys == []


def test_pairs_identify_rows_where_no_column_does(profile: Profile) -> None:
    cells = {"a": ["1", "1", "2", "2"], "b": ["x", "y", "x", "y"], "c": ["k", "k", "k", "l"]}
    assert profile(cells).keys == [["a", "b"]]


def test_a_pair_that_fails_only_far_down_is_no_key(profile: Profile) -> None:
    rows = 60_000
    a, b = ([str(n // 300) for n in range(rows)], [str(n % 300) for n in range(rows)])
    assert profile({"a": a, "b": b}).keys == [["a", "b"]]
    assert profile({"a": [*a, "5"], "b": [*b, "5"]}).keys == []


def test_at_most_ten_keys_are_listed(profile: Profile) -> None:
    assert profile({f"c{n}": ["1", "2"] for n in range(12)}).keys == [[f"c{n}"] for n in range(10)]


def test_a_column_without_a_name_has_figures_and_can_be_a_key(profile: Profile) -> None:
    found = profile({"": ["1", "2"], "column_0": ["x", "x"]})
    assert [(column.name, column.distinct) for column in found.columns] == [("", 2), ("column_0", 1)]
    assert found.keys == [[""]]
    assert profile({"": ["1", "1", "2", "2"], "b": ["x", "y", "x", "y"]}).keys == [["", "b"]]


def test_a_header_without_rows_has_figures(profile: Profile) -> None:
    found = profile({"a": [], "b": []})
    assert (found.rows, [column.count for column in found.columns], found.keys) == (0, [0, 0], [])


def test_a_wide_data_set_keeps_the_order_of_its_columns(profile: Profile) -> None:
    cells = {f"c{n}": [str(n), "x"] if n % 2 else [str(n), "1.5"] for n in range(500)}
    found = profile(cells)
    assert [column.name for column in found.columns] == list(cells)
    assert [column.kind for column in found.columns] == ["number", "text"] * 250


def test_a_table_that_is_gone_is_told(
    stored: Callable[[Cells], Dataset], tmp_path: Path, store_url: str
) -> None:
    dataset = stored({"a": ["1"]})
    table = dataset.whole.model_copy(update={"uri": (tmp_path / "gone.parquet").as_uri()})
    with pytest.raises(ArtifactMissing):
        extract_profile(Study(dataset=dataset.model_copy(update={"table": table})), store_url)


def test_a_column_named_like_a_pattern_is_only_itself(profile: Profile) -> None:
    cells = {"^x$": ["1", "1", "2"], "*": ["a", "b", "b"], "x": ["7", "7", "8"], "^.*$": ["n", "n", "3"]}
    found = profile(cells)
    assert [column.name for column in found.columns] == list(cells)
    assert [column.kind.value for column in found.columns] == ["integer", "text", "integer", "text"]
    assert found.keys == [["^x$", "*"], ["*", "x"], ["*", "^.*$"]]


def test_a_column_whose_name_is_a_pattern_of_others_has_its_own_figures(profile: Profile) -> None:
    first, other = profile({"^a|b$": ["1.5", None, "3"], "b": ["x", "y", None]}).columns
    assert (first.name, first.kind, first.count, first.mean) == ("^a|b$", "number", 2, 2.25)
    assert (other.name, other.count) == ("b", 2)
