"""`why` by the real program: a degraded run, a failed one, one that runs, and a page that is sent."""

from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.program import Fiberwise, Ran

PENGUINS = ("complex-multi-agent", "--data", "examples/penguins.csv")

pytestmark = pytest.mark.usefixtures("dev")


@pytest.fixture(scope="module")
def degraded(dev: dict[str, Any], fiberwise: Fiberwise) -> str:
    """The id of a run without a profile, after one that went well."""
    fiberwise("run", *PENGUINS, "--json")
    return fiberwise("run", *PENGUINS, "--fault", "extract=fail", "--json").answer["execution_id"]


@pytest.fixture(scope="module")
def told(degraded: str, fiberwise: Fiberwise) -> Ran:
    return fiberwise("why", degraded[:8])


@pytest.mark.parametrize(
    "said",
    [
        "degraded after",
        "from the command line: examples/penguins.csv",
        "a fault was ordered, to try it out: extract=fail",
        "extract: InjectedFault: failed on purpose",
        "→ the result goes without it",
        "every step up to extract had the same input then",
    ],
)
def test_of_a_degraded_run(told: Ran, said: str):
    assert told.code == 0
    assert said in told.out


def test_it_says_what_to_type(told: Ran, degraded: str):
    assert f"fiberwise retry {degraded[:8]}" in told.out


def test_as_json_it_is_one_document(degraded: str, fiberwise: Fiberwise):
    found = fiberwise("why", degraded, "--json").answer
    assert (found["execution_id"], found["troubles"][0]["step"]) == (degraded, "extract")
    assert found["difference"]["step"] == ""


def test_as_a_page_it_is_in_the_file_named(degraded: str, fiberwise: Fiberwise, tmp_path: Path):
    file = tmp_path / "new" / "why.html"
    assert fiberwise("why", degraded, "--html", str(file)).code == 0
    assert "extract: InjectedFault: failed on purpose" in file.read_text()


def test_a_page_that_cannot_be_written_is_refused(degraded: str, fiberwise: Fiberwise, tmp_path: Path):
    ran = fiberwise("why", degraded, "--html", str(tmp_path))
    assert (ran.code, ran.out) == (2, "")
    assert "cannot be written" in ran.err


def test_of_a_failed_run(fiberwise: Fiberwise):
    ran = fiberwise(
        "run", "data-digest", "--data", "examples/penguins.csv", "--fault", "digest=fail", "--json"
    )
    assert ran.answer["outcome"] == "failed"
    out = fiberwise("why", ran.answer["execution_id"]).out
    assert "digest: InjectedFault: failed on purpose" in out
    assert "→ so the run failed" in out


def test_of_a_run_under_way(fiberwise: Fiberwise):
    started = fiberwise("start", *PENGUINS, "--fault", "extract=hang", "--json").answer
    out = fiberwise("why", started["execution_id"]).out
    fiberwise("cancel", started["execution_id"])
    assert "synthesize, analyze, publish: the run has not come to it yet" in out
    assert "fiberwise watch" in out


def test_of_an_unknown_run_it_says_so(fiberwise: Fiberwise):
    ran = fiberwise("why", "zzz")
    assert (ran.code, ran.out) == (2, "")
    assert "no execution `zzz`" in ran.err
