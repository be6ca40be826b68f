import pytest

from fiberwise.contracts.errors import BadInput
from fiberwise.store.engine import make_engine


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_spoken_to_by_psycopg_in_bounded_time(scheme: str):
    url = make_engine(f"{scheme}://someone:secret@host:5433/records?sslmode=require").url
    assert (url.drivername, url.host, url.port, url.database) == (
        "postgresql+psycopg",
        "host",
        5433,
        "records",
    )
    assert (url.query["sslmode"], url.query["connect_timeout"]) == ("require", "5")


def test_a_bound_in_the_url_wins():
    assert make_engine("postgresql://host/records?connect_timeout=60").url.query["connect_timeout"] == "60"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mysql://host/records", "'mysql' is not supported"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("secret words", "is no URL"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_what_to_give(url: str, why: str):
    with pytest.raises(BadInput, match=why) as caught:
        make_engine(url)
    assert "secret" not in str(caught.value)
    assert "sqlite:///path/to/file" in caught.value.hint
