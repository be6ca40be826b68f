"""The page of an account can be sent: it holds no values of data, runs nothing, and loads nothing."""

import re
from html.parser import HTMLParser

import pytest

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.why import Account, Origin
from starter.why.accounting import account
from starter.why.page import page
from tests.unit.starter.why.made import ID, earlier, ended, entry

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>&amp;"


def _account(text: str) -> Account:
    """One in which this text is wherever a text of others may be."""
    error = Failure(type=text, message=text, where=text, hint=text)
    log = [
        entry("ingest", 0, 1, input_hash="a", input={"note": text}),
        entry("extract", 1, 2, error=error, note=text),
    ]
    good = earlier([entry("ingest", 0, 1, input_hash="b", input={"note": "other " + text})])
    origin = Origin(user=text, trigger=text, source=text, key=text, fell_for=text, faults={"extract": "fail"})
    return account(
        ended(
            "degraded", 3, log, origin=origin, reasons=[text], earlier=good, unknown=[text], stopped_for=text
        )
    )


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def tags() -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(page(_account(EVIL)))
    return parser.found


def test_it_runs_nothing(tags: list[tuple[str, dict[str, str | None]]]):
    assert "script" not in {tag for tag, _ in tags}
    assert [name for _, attributes in tags for name in attributes if name.startswith("on")] == []


def test_it_loads_nothing(tags: list[tuple[str, dict[str, str | None]]]):
    assert {tag for tag, _ in tags}.isdisjoint({"img", "link", "iframe", "object", "embed", "base", "form"})
    assert [name for _, attributes in tags for name in attributes if name in ("src", "href")] == []
    assert not re.search(r"url\(|@import", page(_account("x")))
    policy = next(one for tag, one in tags if tag == "meta" and "http-equiv" in one)
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"


def test_what_others_wrote_is_shown_as_text():
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page(_account(EVIL))


@pytest.mark.parametrize(
    "hidden", ["ann@mail.example.org", "4111111111111111", "password=hunter2", "sk-abcdefgh12345678"]
)
def test_it_gives_nothing_away_wherever_it_stands(hidden: str):
    assert hidden.removeprefix("password=") not in page(_account(f"it says {hidden} here"))


def test_it_names_the_fields_that_changed_and_not_their_values():
    found = page(_account("blue"))
    assert '<p class="note depth1">note has changed</p>' in found
    assert "other blue" not in found


def test_its_commands_still_name_the_run_when_its_id_begins_with_digits_alone():
    digits = "12345678-0503-4123-9119-123456789012"
    shown = _account("x").model_dump() | {
        "execution_id": digits,
        "workflow_id": f"complex-multi-agent/{digits}",
        "advice": [{"command": "fiberwise retry 12345678", "what": "carries it on"}],
    }
    text = page(Account.model_validate(shown))
    assert f"<h1>complex-multi-agent/{digits}</h1>" in text
    assert "fiberwise retry 12345678" in text


def test_it_reads_like_the_text_of_the_terminal():
    text = page(_account("no luck"))
    for part in (
        "First cause",
        "extract: no luck: no luck",
        f"fiberwise retry {ID[:8]}",
        "Took",
        "Last good",
    ):
        assert part in text
