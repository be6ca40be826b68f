"""The commands on an execution that Temporal no longer has: its record answers, and a note says so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.program import Fiberwise, staying

SMALL = ("complex-multi-agent", "--set", "generate.rows=40", "--key", "nightly")
NOTE = "Temporal no longer has complex-multi-agent/"


@pytest.fixture(scope="module")
def then(fiberwise: Fiberwise, environment: dict[str, str], home: Path) -> Iterator[dict[str, Any]]:
    """What `run` said at the time. The server that is up now began with an empty database."""
    said = fiberwise("run", *SMALL, "--json").answer
    for file in home.glob("temporal.sqlite*"):
        file.unlink()
    with staying(environment, "dev"):
        yield said


def test_run_with_its_key_prints_the_same_answer(fiberwise: Fiberwise, then: dict[str, Any]):
    ran = fiberwise("run", *SMALL, "--json")
    assert ran.code == 0
    assert NOTE in ran.err
    assert without_server(ran.answer) == without_server(then)


def test_start_with_its_key_names_it_and_links_to_no_page(fiberwise: Fiberwise, then: dict[str, Any]):
    started = fiberwise("start", *SMALL, "--json").answer
    assert started == {
        "execution_id": then["execution_id"],
        "workflow_id": then["workflow_id"],
        "existing": True,
        "forgotten": True,
        "links": {"temporal_ui": ""},
    }


def test_its_key_with_another_input_is_refused(fiberwise: Fiberwise, then: dict[str, Any]):
    ran = fiberwise("run", *SMALL, "--set", "generate.rows=41", "--json")
    assert (ran.code, ran.error["code"], ran.error["where"]) == (2, "key_reused", then["workflow_id"])


def test_show_and_watch_tell_how_it_ended(fiberwise: Fiberwise, then: dict[str, Any]):
    shown, watched = (fiberwise(command, then["execution_id"][:8], "--json") for command in ("show", "watch"))
    assert NOTE in shown.err
    assert (shown.answer["phase"], shown.answer["outcome"]) == ("ended", "full")
    assert without_server(shown.answer["answer"]) == without_server(watched.answer) == without_server(then)


def test_log_tells_every_attempt(fiberwise: Fiberwise, then: dict[str, Any]):
    ran = fiberwise("log", then["execution_id"], "--json")
    assert NOTE in ran.err
    assert ran.answer == then["execution_log"]


def without_server(answer: dict[str, Any]) -> dict[str, Any]:
    """The server's version, and where its page and so the whole answer lie, were known to that server's client."""
    metadata = {**answer["metadata"], "server_version": ""}
    return {**answer, "metadata": metadata, "links": {}}
