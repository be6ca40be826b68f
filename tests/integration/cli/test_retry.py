"""`retry` and `rerun` by the real program, on a stack that stays."""

from typing import Any

import pexpect
import pytest

from tests.integration.cli.conftest import Several, Terminal
from tests.integration.cli.program import Fiberwise, Ran

DIGEST = ("run", "data-digest", "--set", "generate.rows=40", "--json")
TAKEN, DONE = "cached", "completed"

pytestmark = pytest.mark.usefixtures("dev")


def _on(seed: int) -> tuple[str, ...]:
    """On data of its own: the step cache has nothing of it."""
    return ("complex-multi-agent", "--set", "generate.rows=40", "--set", f"generate.seed={seed}", "--json")


def _retried(fiberwise: Fiberwise, ran: Ran) -> Any:
    """What carried it on."""
    retried = fiberwise("retry", ran.answer["execution_id"][:13], "--json")
    assert retried.code == 0
    assert retried.answer["metadata"]["retry_of"] == ran.answer["execution_id"]
    assert retried.answer["outcome"] == "full"
    return retried.answer


def _last(answer: Any) -> dict[str, str]:
    """How the last attempt of each step went."""
    return {entry["step"]: entry["status"] for entry in answer["execution_log"]}


@pytest.fixture(scope="module")
def degraded(dev: object, fiberwise: Fiberwise) -> Ran:
    return fiberwise("run", *_on(1), "--fault", "extract=fail")


@pytest.fixture(scope="module")
def mended(degraded: Ran, fiberwise: Fiberwise) -> Any:
    return _retried(fiberwise, degraded)


def test_of_a_degraded_run_the_failed_step_and_what_hangs_on_it_is_done(degraded: Ran, mended: Any):
    assert _last(mended) == {
        "generate": TAKEN,
        "transform": TAKEN,
        "extract": DONE,
        "synthesize": DONE,
        "analyze": DONE,
        "publish": DONE,
    }
    assert mended["results"]["transform"] == degraded.answer["results"]["transform"]


def test_show_tells_each_of_the_other(fiberwise: Fiberwise, degraded: Ran, mended: Any):
    old, new = degraded.answer["execution_id"], mended["execution_id"]

    assert f"\ncarried on by {new}\n" in fiberwise("show", old).out
    assert fiberwise("show", new, "--json").answer["carries_on"] == old


def test_a_run_that_failed_is_carried_on(fiberwise: Fiberwise):
    failed = fiberwise(*DIGEST, "--fault", "digest=fail")
    assert (failed.code, failed.answer["outcome"]) == (1, "failed")

    assert _last(_retried(fiberwise, failed)) == {"digest": DONE}


def test_a_run_past_its_deadline_is_carried_on(fiberwise: Fiberwise):
    late = fiberwise("run", *_on(3), "--fault", "extract=hang", "--deadline", "2s")
    assert (late.code, late.answer["outcome"]) == (1, "timed_out")

    assert _last(_retried(fiberwise, late))["generate"] == TAKEN


def test_a_cancelled_run_is_carried_on(fiberwise: Fiberwise):
    started = fiberwise("start", *_on(4), "--fault", "extract=hang")
    while "generate" not in fiberwise("log", started.answer["execution_id"]).out:
        pass
    assert fiberwise("cancel", started.answer["execution_id"]).code == 0
    last = _last(_retried(fiberwise, started))

    assert (last["generate"], last["extract"]) == (TAKEN, DONE)


def test_a_success_is_refused(fiberwise: Fiberwise, degraded: Ran, mended: Any):
    refused = fiberwise("retry", degraded.answer["execution_id"], "--json")

    assert (refused.code, refused.out, refused.error["code"]) == (2, "", "refused")
    assert refused.error["hint"] == f"fiberwise rerun {mended['execution_id'][:8]} does it all anew"


def test_a_change_that_spoils_what_is_taken_over_is_refused_unless_it_is_done_again(fiberwise: Fiberwise):
    id = fiberwise("run", *_on(5), "--fault", "transform=fail").answer["execution_id"]
    refused = fiberwise("retry", id, "--set", 'null_tokens=["-"]', "--json")
    allowed = fiberwise("retry", id, "--set", 'null_tokens=["-"]', "--from", "extract", "--json")

    assert (refused.code, refused.error["where"]) == (2, "--set")
    assert refused.error["message"].startswith("extract would have to be done again")
    assert (_last(allowed.answer)["generate"], _last(allowed.answer)["extract"]) == (TAKEN, DONE)


def test_a_change_of_what_only_the_failed_step_is_made_of_is_taken(fiberwise: Fiberwise):
    id = fiberwise("run", *_on(6), "--fault", "transform=fail").answer["execution_id"]
    last = _last(fiberwise("retry", id, "--set", 'rules=["trim"]', "--json").answer)

    assert (last["extract"], last["transform"]) == (TAKEN, DONE)


REFUSED: list[tuple[tuple[str, ...], str]] = [
    ((), "give an ID, or say which by --query or --failed-since"),
    (("0815", "--query", "Outcome = 'failed'"), "give an ID, or say which"),
    (("--failed-since", "yesterday"), "`yesterday` is no point in time [--failed-since]"),
    (("0815", "--deadline", "soon"), "`soon` is no length of time [--deadline]"),
    (("--query", "Outcome is bad"), "Temporal refuses it: invalid query"),
    (("0815",), "there is no execution `0815`"),
]


@pytest.fixture(scope="module")
def refused(several: Several) -> dict[tuple[str, ...], Ran]:
    lines = [arguments for arguments, _ in REFUSED]
    return dict(zip(lines, several(*(("retry", *line) for line in lines)), strict=True))


@pytest.mark.parametrize(("arguments", "said"), REFUSED)
def test_what_cannot_be_meant_is_refused(
    refused: dict[tuple[str, ...], Ran], arguments: tuple[str, ...], said: str
):
    ran = refused[arguments]

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_rerun_does_it_all_on_the_same_data(fiberwise: Fiberwise, degraded: Ran):
    ran = fiberwise("rerun", degraded.answer["execution_id"], "--json")

    assert ran.answer["metadata"]["rerun_of"] == degraded.answer["execution_id"]
    assert ran.answer["results"]["dataset"]["sha256"] == degraded.answer["results"]["dataset"]["sha256"]
    assert _last(ran.answer)["generate"] == DONE


@pytest.fixture
def failed(fiberwise: Fiberwise) -> list[str]:
    """Two that failed, each for the first time."""
    ran = [fiberwise(*DIGEST, "--fault", "digest=fail") for _ in range(2)]
    return [one.answer["execution_id"] for one in ran]


def test_of_many_a_script_sees_a_preview_and_begins_them_by_yes(fiberwise: Fiberwise, failed: list[str]):
    query = f"WorkflowId IN ('data-digest/{failed[0]}', 'data-digest/{failed[1]}')"
    seen = fiberwise("retry", "--query", query, "--failed-since", "1h", "--json")
    done = fiberwise("retry", "--query", query, "--yes", "--json")

    assert (seen.code, seen.answer["count"], seen.answer["pipelines"]) == (0, 2, {"data-digest": 2})
    assert seen.answer["first"][0]["reason"] == "digest failed: failed on purpose"
    assert (done.code, done.answer["started"], set(done.answer["begun"])) == (0, 2, set(failed))


def test_of_many_a_person_is_asked(terminal: Terminal, fiberwise: Fiberwise, failed: list[str]):
    query = f"WorkflowId = 'data-digest/{failed[0]}'"
    child = terminal("retry", "--query", query)
    child.expect(r"digest failed: failed on purpose[\s\S]*retry 1\? \(y/N\) ")
    child.sendline("y")
    child.expect("begun: 1 of 1")
    child.expect(pexpect.EOF)

    assert fiberwise("show", failed[0], "--json").answer["carried_on_by"]
