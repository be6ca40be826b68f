"""Numbers as a person reads them."""

from datetime import UTC, datetime, timedelta

import pytest

from starter.amounts import ago, count, duration, figure, rate, share, size


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (None, "–"),
        (0, "0 ms"),
        (870, "870 ms"),
        (4210, "4.2 s"),
        (200_000, "3 min 20 s"),
        (7_500_000, "2 h 5 min"),
        (604_800_000, "7 d 0 h"),
    ],
)
def test_a_span_is_told_in_the_unit_that_fits(ms: float | None, text: str):
    assert duration(ms) == text


@pytest.mark.parametrize(
    ("number", "text"), [(None, "–"), (900, "900 B"), (8_493_466, "8.1 MiB"), (1 << 30, "1.0 GiB")]
)
def test_a_size_is_told_in_the_unit_that_fits(number: int | None, text: str):
    assert size(number) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (2008, "2008"), (1_234_567, "1,234,567"), (0.123456, "0.1235"), (43210.5, "43,210"), (1e12, "1e+12"),
     ("Infinity", "Infinity")],
)  # fmt: skip
def test_a_figure_is_short_and_a_year_stays_a_year(value: int | float | str | None, text: str):
    assert figure(value) == text


def test_shares_rates_and_counts():
    assert (share(0.9934), share(None)) == ("99.3%", "–")
    assert (rate(918_255.7), rate(None)) == ("918,256", "–")
    assert (count(1, "row"), count(3000, "row")) == ("1 row", "3,000 rows")


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "5 s ago"), (125, "2 min ago"), (7300, "2 h ago"), (200_000, "2 d ago")]
)
def test_an_age_is_told_from_now(seconds: int, text: str):
    assert ago(datetime.now(UTC) - timedelta(seconds=seconds)) == text
