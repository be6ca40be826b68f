"""Points in time as people write them."""

from datetime import UTC, datetime, timedelta

import pytest

from fiberwise.contracts.errors import BadInput
from starter.cli.moments import moment, span


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("7d", timedelta(days=7)),
    ],
)
def test_a_span_is_that_long_ago(text: str, span: timedelta):
    found = moment(text)
    assert found is not None
    assert abs(datetime.now(UTC) - span - found) < timedelta(seconds=5)


def test_an_iso_time_is_itself():
    assert moment("2026-11-24T10:30:00+02:00") == datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


def test_nothing_is_no_time():
    assert moment("") is None


@pytest.mark.parametrize("text", ["yesterday", "2x", "99999999999d", "-1h"])
def test_anything_else_is_refused(text: str):
    with pytest.raises(BadInput, match="no point in time"):
        moment(text)


def test_a_length_of_time_is_as_long_as_it_says():
    assert span("90s", "--deadline") == timedelta(seconds=90)


@pytest.mark.parametrize("text", ["", "0s", "soon", "-1h", "4000d", "99999999999d"])
def test_what_is_no_length_of_time_is_refused_by_its_option(text: str):
    with pytest.raises(BadInput, match="no length of time") as caught:
        span(text, "--deadline")
    assert caught.value.where == "--deadline"
