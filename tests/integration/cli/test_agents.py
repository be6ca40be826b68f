"""Agents that remember, from the command line: the penguins twice, then with a planted change; notes and forgetting."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.conftest import Several
from tests.integration.cli.program import ROOT, Fiberwise

PENGUINS = ROOT / "examples/penguins.csv"
PROCESSOR, TESTER = "DataProcessorAgent", "AdvancedTestAgent"


@pytest.fixture(scope="module")
def source(home: Path) -> Path:
    """A file that people change: the penguins as they are at first."""
    file = home / "penguins.csv"
    file.write_bytes(PENGUINS.read_bytes())
    return file


@pytest.fixture(scope="module")
def run(fiberwise: Fiberwise, dev: dict[str, Any], source: Path) -> Callable[..., dict[str, Any]]:
    def started(*arguments: str) -> dict[str, Any]:
        return fiberwise("run", "complex-multi-agent", "--data", str(source), *arguments, "--json").answer

    return started


@pytest.fixture(scope="module")
def first(run: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return run()


@pytest.fixture
def planted(source: Path) -> Iterator[None]:
    """Every penguin of one species half a kilogram heavier, half of the sexes unknown, one column renamed."""
    with PENGUINS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        if row["species"] == "Adelie" and row["body_mass_g"].isdigit():
            row["body_mass_g"] = str(int(row["body_mass_g"]) + 500)
        row["sex"] = "NA" if number % 4 < 2 else row["sex"]
        row["season"] = row.pop("year")
    with source.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    yield
    source.write_bytes(PENGUINS.read_bytes())


def changes(found: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["column"], one["what"]) for one in found["results"]["synthesis"]["drift"]["changes"]}


def test_penguins_do_not_drift_against_themselves(
    run: Callable[..., dict[str, Any]], first: dict[str, Any], fiberwise: Fiberwise
):
    assert "drift" not in first["results"]["synthesis"]
    second = run()
    assert changes(second) == set()
    page = fiberwise("show", second["execution_id"]).out
    assert first["execution_id"][:8] in page


@pytest.mark.usefixtures("first", "planted")
def test_a_planted_change_is_found_and_told(run: Callable[..., dict[str, Any]], fiberwise: Fiberwise):
    found = run()
    assert changes(found) == {
        ("year", "gone"),
        ("season", "come"),
        ("body_mass_g", "mean"),
        ("sex", "nulls"),
    }
    page = fiberwise("show", found["execution_id"]).out
    assert "4 columns have drifted" in page
    assert "the mean of `body_mass_g` is 4," in page


@pytest.mark.usefixtures("first")
def test_a_note_and_accepted_rules_show_in_the_next_run_until_they_are_forgotten(
    run: Callable[..., dict[str, Any]], several: Several
):
    noted, accepted = several(
        ("agents", "note", TESTER, "penguins.csv", "weighed anew in 2009"),
        ("agents", "accept", "penguins.csv", "casts", "trim", "--json"),
    )
    assert (noted.code, accepted.code) == (0, 0)
    found = run()["results"]
    assert [note["text"] for note in found["synthesis"]["notes"]] == ["weighed anew in 2009"]
    assert found["transform"]["accepted"]["rules"] == ["trim", "casts"]
    *forgot, gone = several(
        ("agents", "forget", TESTER, "penguins.csv", "--note", "1", "--json"),
        ("agents", "forget", PROCESSOR, "penguins.csv", "--part", "decision"),
        ("agents", "forget", TESTER, "penguins.csv", "--note", "1", "--json"),
    )
    assert [one.code for one in forgot] == [0, 0]
    assert (gone.code, gone.error["code"]) == (2, "not_found")
    found = run()["results"]
    assert ("notes" in found["synthesis"], "accepted" in found["transform"]) == (False, False)


@pytest.mark.usefixtures("first")
def test_what_is_remembered_is_listed_shown_and_forgotten(source: Path, several: Several):
    listed, shown, page, forgot, gone, again = several(
        ("agents", "list", "--agent", PROCESSOR, "--json"),
        ("agents", "show", PROCESSOR.lower(), "penguins.csv", "--json"),
        ("agents", "show", TESTER, str(source)),
        ("agents", "forget", PROCESSOR, "penguins.csv", "--json"),
        ("agents", "show", PROCESSOR, "penguins.csv"),
        ("agents", "list", "--agent", PROCESSOR),
    )
    assert [one["source"] for one in listed.answer] == [str(source)]
    assert shown.answer["state"]["parts"]["profile"][0]["value"]["rows"] == 344
    assert "quality" in page.out
    assert forgot.answer == {"agent": PROCESSOR, "source": str(source), "forgotten": "everything"}
    assert (gone.code, "remembers nothing" in gone.err) == (2, True)
    assert (again.code, again.out, "nothing is remembered" in again.err) == (0, "", True)


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "NoAgent", "x"), "no agent"),
        (("show", TESTER, "x.csv"), "remembers nothing"),
        (("note", TESTER, "-", "x"), "cannot be the name"),
        (("note", TESTER, "x.csv", " "), "no text"),
        (("accept", "x.csv", "trimm"), "no cleaning rule"),
        (("forget", TESTER, "x.csv", "--part", "all"), "no part"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(several: Several, arguments: tuple[str, ...], told: str):
    (refused,) = several(("agents", *arguments))
    assert (refused.code, refused.out, told in refused.err) == (2, "", True)


def test_a_memory_of_a_newer_version_is_refused_in_words(home: Path, first: dict[str, Any], several: Several):
    import sqlite3

    with sqlite3.connect(home / "records.sqlite") as store:
        store.execute("update agent_memory set format = 99 where agent = ?", [TESTER])
    shown, noted, forgot = several(
        ("agents", "show", TESTER, "penguins.csv", "--json"),
        ("agents", "note", TESTER, "penguins.csv", "x"),
        ("agents", "forget", TESTER, "penguins.csv"),
    )
    with sqlite3.connect(home / "records.sqlite") as store:
        store.execute("update agent_memory set format = 1 where agent = ?", [TESTER])
    assert {one.code for one in (shown, noted, forgot)} == {2}
    assert "newer version" in shown.error["message"]
    assert all("newer version" in one.err for one in (noted, forgot))
