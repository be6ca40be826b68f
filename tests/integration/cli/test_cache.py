"""The step cache from the command line: what a second run is spared, and what `cache` tells of it."""

from typing import Any

import pytest

from tests.integration.cli.conftest import Several
from tests.integration.cli.program import Fiberwise

PENGUINS = ("run", "complex-multi-agent", "--data", "examples/penguins.csv", "--json")


def told(ran: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Step -> (status, what the cache said) of the cached steps."""
    log = ran["execution_log"]
    return {entry["step"]: (entry["status"], entry["cache"]) for entry in log if entry["cache"]}


@pytest.fixture(scope="module")
def first(fiberwise: Fiberwise, dev: dict[str, Any]) -> dict[str, Any]:
    return fiberwise(*PENGUINS).answer


def test_a_first_run_keeps_what_a_second_one_takes(fiberwise: Fiberwise, first: dict[str, Any]):
    assert told(first) == dict.fromkeys(
        ("ingest", "extract", "transform"), ("completed", "miss, nothing kept yet")
    )
    second = fiberwise(*PENGUINS).answer
    assert {status for status, _ in told(second).values()} == {"cached"}
    assert {text for _, text in told(second).values()} == {f"hit, from execution {first['execution_id']}"}
    assert second["results"]["extract"] == first["results"]["extract"]
    assert "hit, from execution" in fiberwise("log", second["execution_id"]).out


@pytest.mark.usefixtures("first")
def test_a_changed_request_says_what_changed(fiberwise: Fiberwise):
    ran = fiberwise(*PENGUINS, "--set", 'rules=["trim"]').answer
    assert told(ran)["transform"] == ("completed", "miss, because rules changed")
    assert told(ran)["extract"][0] == "cached"


@pytest.mark.usefixtures("first")
def test_a_step_is_refreshed_alone_and_all_may_go_without(fiberwise: Fiberwise):
    refreshed = told(fiberwise(*PENGUINS, "--refresh", "extract").answer)
    assert (refreshed["extract"], refreshed["ingest"][0]) == (("completed", "refreshed"), "cached")
    without = told(fiberwise(*PENGUINS, "--no-cache").answer)
    assert set(without.values()) == {("completed", "not asked (--no-cache)")}


def test_what_is_kept_is_listed_shown_and_cleared(
    several: Several, fiberwise: Fiberwise, first: dict[str, Any]
):
    second = fiberwise(*PENGUINS).answer["execution_id"]
    *_, kept = fiberwise("cache", "list", "--step", "ingest", "--json").answer
    assert (kept["step"], kept["execution_id"]) == ("ingest_dataset", first["execution_id"])
    key = kept["key"][:12]
    shown, used, cleared, gone = several(
        ("cache", "show", key, "--json"),
        ("cache", "who-used", key, "--json"),
        ("cache", "clear", key, "--json"),
        ("cache", "show", key),
    )
    assert shown.answer["value"]["rows"] == 344
    assert second in [use["execution_id"] for use in used.answer]
    assert cleared.answer == {"cleared": 1}
    assert (gone.code, gone.out) == (2, "")
    assert "nothing is kept under a key" in gone.err


def test_where_nothing_is_kept_it_says_how_that_comes(several: Several, fiberwise: Fiberwise):
    fiberwise("cache", "clear")
    listed, as_json, unknown = several(
        ("cache", "list"), ("cache", "list", "--json"), ("cache", "list", "--step", "generate")
    )
    assert (listed.code, listed.out, as_json.answer) == (0, "", [])
    assert "nothing is kept" in listed.err
    assert (unknown.code, "no cached step is called `generate`" in unknown.err) == (2, True)
