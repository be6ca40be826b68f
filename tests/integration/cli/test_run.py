"""`run` on the embedded stack, from a data set to its answer, then all that looks at what it left."""

import json
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from tests.integration.cli.program import PROGRAM, ROOT, Fiberwise, Ran

RUN = ("run", "complex-multi-agent")
SMALL = (*RUN, "--set", "generate.rows=40")


@pytest.fixture(scope="module")
def full(fiberwise: Fiberwise) -> Ran:
    """The penguins, once, with a key."""
    return fiberwise(*RUN, "--data", "examples/penguins.csv", "--key", "penguins", "--json")


def test_json_is_one_document_by_the_contract(full: Ran):
    assert full.code == 0
    found = full.answer
    assert found["workflow_id"] == f"complex-multi-agent/{found['execution_id']}"
    assert (found["status"], found["outcome"], found["reasons"]) == ("completed", "full", [])
    assert found["results"]["dataset"]["rows"] == 344
    assert {entry["status"] for entry in found["execution_log"]} == {"completed"}
    assert found["metadata"]["source"] == "examples/penguins.csv"
    assert found["metadata"]["trigger"] == "cli"
    assert found["links"]["temporal_ui"].startswith("http://127.0.0.1:")
    assert json.loads(Path(found["links"]["result"].removeprefix("file://")).read_text())["outcome"] == "full"


def test_progress_is_on_stderr_in_plain_lines_without_repetition(full: Ran):
    lines = full.err.splitlines()
    assert [line for line in lines if line.startswith("extract: completed")]
    assert len(lines) == len(set(lines))
    assert "\x1b" not in full.err


def test_the_same_key_is_the_same_execution(full: Ran, fiberwise: Fiberwise):
    again = fiberwise(*RUN, "--data", "examples/penguins.csv", "--key", "penguins", "--json")
    assert again.code == 0
    assert again.answer["execution_id"] == full.answer["execution_id"]
    assert "was there already" in again.err


def test_a_key_with_another_input_is_refused(full: Ran, fiberwise: Fiberwise):
    ran = fiberwise(*SMALL, "--key", "penguins", "--json")
    assert (ran.code, ran.out, ran.error["code"]) == (2, "", "key_reused")


def test_a_degraded_run_is_exit_0_with_a_line_and_4_when_strict(fiberwise: Fiberwise):
    for strict, code in (((), 0), (("--strict",), 4)):
        ran = fiberwise(*SMALL, "--fault", "extract=fail", "--json", *strict)
        assert ran.code == code
        assert ran.answer["outcome"] == "degraded"
        assert "the result is not whole (degraded): extract failed" in ran.err


def test_a_failed_run_is_exit_1_and_has_an_answer_too(fiberwise: Fiberwise):
    ran = fiberwise(*SMALL, "--fault", "generate=fail", "--json")
    assert ran.code == 1
    assert (ran.answer["status"], ran.answer["outcome"]) == ("failed", "failed")
    assert ran.error["message"].startswith("generate failed")


def test_a_person_gets_a_report_and_what_to_type_next(fiberwise: Fiberwise):
    ran = fiberwise(*RUN, "--data", "-", input="name,age\nAnn,31\nBob,NA\nAnn,31\n")
    assert ran.code == 0
    for part in (
        "Data set  standard input · 3 rows × 2 columns",
        "Columns",
        "Cleaning",
        "Quality",
        "Time",
        "Next",
    ):
        assert part in ran.out
    assert "\x1b" not in ran.out


def test_a_reader_that_goes_away_is_no_error(environment: dict[str, str]):
    with Popen([PROGRAM, *SMALL], cwd=ROOT, env=environment, stdout=PIPE, stderr=PIPE) as run:
        assert run.stdout
        assert run.stderr
        run.stdout.close()
        err = run.stderr.read()
        assert (run.wait(), b"Error" in err, b"Traceback" in err) == (0, False, False)


def test_an_id_may_be_cut_short_while_it_is_unique(full: Ran, fiberwise: Fiberwise):
    execution_id = full.answer["execution_id"]
    for asked in (execution_id[:9], f"complex-multi-agent/{execution_id[:9]}", execution_id):
        shown = fiberwise("show", asked, "--json").answer
        assert shown["execution_id"] == execution_id
        assert shown["answer"]["outcome"] == "full"


def test_an_unknown_or_ambiguous_id_is_refused(full: Ran, fiberwise: Fiberwise):
    unknown, ambiguous = fiberwise("show", "zzz"), fiberwise("show", "complex-multi-agent/")
    assert (unknown.code, ambiguous.code) == (2, 2)
    assert "no execution `zzz`" in unknown.err
    assert "is the beginning of several: complex-multi-agent/" in ambiguous.err


def test_list_filters_and_shows_newest_first(full: Ran, fiberwise: Fiberwise):
    everything = fiberwise("list", "--json").answer
    assert [one["started_at"] for one in everything] == sorted(
        (one["started_at"] for one in everything), reverse=True
    )
    degraded = fiberwise("list", "--outcome", "degraded", "--since", "1h", "--json").answer
    assert {one["outcome"] for one in degraded} == {"degraded"}
    assert fiberwise("list", "--status", "running", "--json").answer == []
    assert fiberwise("list", "--user", "o'x\\", "--json").answer == []
    assert full.answer["execution_id"][:8] in fiberwise("list").out


def test_log_has_a_row_per_attempt(full: Ran, fiberwise: Fiberwise):
    execution_id = full.answer["execution_id"]
    assert fiberwise("log", execution_id, "--json").answer == full.answer["execution_log"]
    assert "extract" in fiberwise("log", execution_id[:8]).out


def test_stats_come_from_the_record(full: Ran, fiberwise: Fiberwise):
    [found] = fiberwise("stats", "--json").answer
    assert found["completed"] >= 1
    assert "complex-multi-agent" in fiberwise("stats", "--since", "1h").out


def test_a_recorded_history_replays(full: Ran, fiberwise: Fiberwise, tmp_path: Path):
    file = tmp_path / "deep" / "history.json"
    assert fiberwise("record", full.answer["execution_id"], str(file), "--json").answer["events"] < 60
    assert fiberwise("replay", str(file), "--json").answer == [
        {"history": str(file), "ok": True, "reason": ""}
    ]
    assert fiberwise("replay", "--query", "ExecutionStatus = 'Completed'").code == 0


def test_cancel_of_an_ended_run_is_refused(full: Ran, fiberwise: Fiberwise):
    ran = fiberwise("cancel", full.answer["execution_id"], "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "has ended already: full" in ran.error["message"]


def test_doctor_finds_this_machine_fit(fiberwise: Fiberwise):
    ran = fiberwise("doctor", "--json")
    assert [check for check in ran.answer if not check["ok"]] == []
    assert ran.code == 0


def test_a_killed_run_is_carried_on_by_the_next_command(fiberwise: Fiberwise):
    killed = fiberwise(*SMALL, "--fault", "extract=kill-worker")
    assert killed.code == -9
    [left] = fiberwise("list", "--status", "running", "--json").answer
    watched = fiberwise("watch", left["execution_id"], "--json")
    assert watched.code == 0
    log = watched.answer["execution_log"]
    assert [entry["status"] for entry in log if entry["step"] == "generate"] == ["completed"]
    assert [entry["status"] for entry in log if entry["step"] == "extract"] == ["lost", "completed"]
