"""A stack that stays: started by `dev`, used by all other commands, from a data set to its answer and all looks."""

import json
import signal
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pexpect
import pytest

from tests.integration.cli.conftest import Terminal
from tests.integration.cli.program import PROGRAM, ROOT, Fiberwise, Ran

PIPELINE = "complex-multi-agent"
RUN = ("run", PIPELINE)
SMALL = (PIPELINE, "--set", "generate.rows=40")
COLOUR, CURSOR_UP = "\x1b[36m", "\x1b[1A"

pytestmark = pytest.mark.usefixtures("dev")


@pytest.fixture(scope="module")
def full(dev: dict[str, Any], fiberwise: Fiberwise) -> Ran:
    """The penguins, once, with a key."""
    return fiberwise(*RUN, "--data", "examples/penguins.csv", "--key", "penguins", "--json")


def test_json_is_one_document_by_the_contract(full: Ran, dev: dict[str, Any]):
    assert full.code == 0
    found = full.answer
    assert found["workflow_id"] == f"complex-multi-agent/{found['execution_id']}"
    assert (found["status"], found["outcome"], found["reasons"]) == ("completed", "full", [])
    assert found["results"]["dataset"]["rows"] == 344
    assert {entry["status"] for entry in found["execution_log"]} == {"completed"}
    assert found["metadata"]["source"] == "examples/penguins.csv"
    assert found["metadata"]["trigger"] == "cli"
    assert found["links"]["temporal_ui"].startswith(dev["ui"])
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
    ran = fiberwise("run", *SMALL, "--key", "penguins", "--json")
    assert (ran.code, ran.out, ran.error["code"]) == (2, "", "key_reused")


def test_a_degraded_run_is_exit_4_when_strict_else_0_with_a_line(fiberwise: Fiberwise):
    strict = fiberwise("run", *SMALL, "--fault", "extract=fail", "--strict", "--json")
    watched = fiberwise("watch", strict.answer["execution_id"], "--json")
    for ran, code in ((strict, 4), (watched, 0)):
        assert ran.code == code
        assert ran.answer["outcome"] == "degraded"
        assert "the result is not whole (degraded): extract failed" in ran.err


def test_a_failed_run_is_exit_1_and_has_an_answer_too(fiberwise: Fiberwise):
    small = ("--set", "generate.rows=40")
    ran = fiberwise("run", "data-digest", *small, "--fault", "digest=fail", "--json")
    assert ran.code == 1
    assert (ran.answer["status"], ran.answer["outcome"]) == ("failed", "failed")
    assert ran.error["message"].startswith("digest failed")


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


def test_a_digest_tells_the_same_as_the_profile_of_the_table_engine(full: Ran, fiberwise: Fiberwise):
    digest = fiberwise("run", "data-digest", "--data", "examples/penguins.csv", "--json").answer
    pairs = zip(
        digest["results"]["extract"]["columns"], full.answer["results"]["extract"]["columns"], strict=True
    )
    told = ("name", "kind", "count", "nulls", "distinct", "min", "max", "top")
    assert all(ours[name] == theirs[name] for ours, theirs in pairs for name in told)


def test_where_the_table_engine_fails_a_person_reads_the_digest_instead(fiberwise: Fiberwise):
    faults = ("--fault", "extract=fail", "--fault", "transform=fail")
    ran = fiberwise(*RUN, "--data", "examples/penguins.csv", *faults)
    assert ran.code == 0
    assert "the result is not whole (fallback)" in ran.err
    for part in ("penguins.csv · 344 rows", "First rows", "the result is of the fallback data-digest"):
        assert part in ran.out


def test_on_a_terminal_a_run_is_live_and_coloured_and_ends_in_a_report(terminal: Terminal):
    child = terminal("run", *SMALL)
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    for part in (COLOUR, CURSOR_UP, "✓", "fiberwise log"):
        assert part in child.before


def test_no_color_is_honoured(terminal: Terminal):
    child = terminal("pipelines", NO_COLOR="1")
    child.expect(pexpect.EOF)
    assert "complex-multi-agent" in child.before
    assert "\x1b" not in child.before


def test_a_reader_that_goes_away_is_no_error(environment: dict[str, str]):
    with Popen([PROGRAM, "run", *SMALL], cwd=ROOT, env=environment, stdout=PIPE, stderr=PIPE) as run:
        assert run.stdout
        assert run.stderr
        run.stdout.close()
        err = run.stderr.read()
        assert (run.wait(), b"Error" in err, b"Traceback" in err) == (0, False, False)


def test_a_hanging_run_is_started_shown_cancelled_and_seen_to_its_end(
    dev: dict[str, Any], fiberwise: Fiberwise
):
    started = fiberwise("start", *SMALL, "--fault", "extract=hang", "--json").answer
    execution_id = started["execution_id"]
    assert started["links"]["temporal_ui"].startswith(dev["ui"])
    seen = fiberwise("show", execution_id, "--json").answer
    assert (seen["status"], seen["phase"], seen["answer"]) == ("running", "running", None)
    assert fiberwise("list", "--phase", "running", "--json").answer[0]["execution_id"] == execution_id
    cancelled = fiberwise("cancel", execution_id[:8], "--reason", "enough", "--json")
    assert (cancelled.code, cancelled.answer["outcome"]) == (0, "cancelled")
    watched = fiberwise("watch", execution_id, "--json")
    assert (watched.code, watched.answer["outcome"]) == (1, "cancelled")


def test_ctrl_c_detaches_from_a_run_that_goes_on(terminal: Terminal, fiberwise: Fiberwise):
    child = terminal("run", *SMALL, "--fault", "extract=hang")
    child.expect(r"extract[^\r\n]* s · ")
    child.sendintr()
    child.expect("runs on")
    child.expect(r"fiberwise cancel (\w{8})")
    short = child.match.group(1)
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 130
    assert fiberwise("cancel", short, "--json").answer["outcome"] == "cancelled"


def test_start_returns_at_once_and_watch_follows_to_the_end(fiberwise: Fiberwise):
    started = fiberwise("start", *SMALL, "--json").answer
    watched = fiberwise("watch", started["execution_id"], "--json")
    assert (watched.code, watched.answer["outcome"]) == (0, "full")


def test_an_id_may_be_cut_short_while_it_is_unique(full: Ran, fiberwise: Fiberwise):
    execution_id = full.answer["execution_id"]
    for asked in (execution_id[:9], f"complex-multi-agent/{execution_id[:9]}"):
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
    assert fiberwise("list", "--user", "o'x\\", "--json").answer == []
    assert full.answer["execution_id"][:8] in fiberwise("list").out


def test_log_has_a_row_per_attempt(full: Ran, fiberwise: Fiberwise):
    execution_id = full.answer["execution_id"]
    assert fiberwise("log", execution_id, "--json").answer == full.answer["execution_log"]
    assert "extract" in fiberwise("log", execution_id[:8]).out


def test_stats_come_from_the_record(full: Ran, fiberwise: Fiberwise):
    [found] = fiberwise("stats", "--pipeline", PIPELINE, "--json").answer
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
    assert "has ended: full" in ran.error["message"]


def test_doctor_finds_this_machine_fit(fiberwise: Fiberwise):
    ran = fiberwise("doctor", "--json")
    assert [check for check in ran.answer if not check["ok"]] == []
    assert ran.code == 0


def test_a_worker_ends_with_0_on_sigterm(dev: dict[str, Any], environment: dict[str, str]):
    with Popen([PROGRAM, "worker"], cwd=ROOT, env=environment, stdout=PIPE, text=True) as worker:
        assert worker.stdout
        assert dev["address"] in worker.stdout.readline()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
