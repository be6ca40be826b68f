"""`check-deploy`, and a worker's start, with a run that today's code began and tomorrow's would break."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.program import PROGRAM, ROOT, SECONDS, Fiberwise

BEFORE = "        synthesis = await self.synthesize(\n"
CHANGE = "complex-multi-agent: step `analyze` is new before `synthesize`: 1 running execution would break"


@pytest.fixture(scope="module")
def running(dev: dict[str, Any], fiberwise: Fiberwise) -> str:
    """A run that waits at `synthesize` for a person."""
    ran = fiberwise(
        *("start", "complex-multi-agent", "--set", "generate.rows=40"),
        *("--hold", "--fault", "synthesize=fail", "--json"),
    )
    name = ran.answer["execution_id"]
    while fiberwise("show", name, "--json").answer["phase"] != "needs_repair":
        pass
    return name


@pytest.fixture(scope="module")
def tomorrow(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a copy of `workflows` whose pipeline analyzes before it synthesizes too."""
    folder = tmp_path_factory.mktemp("tomorrow")
    shutil.copytree(ROOT / "workflows", folder / "workflows", ignore=shutil.ignore_patterns("__pycache__"))
    module = folder / "workflows" / "complex_multi_agent.py"
    text = module.read_text()
    assert BEFORE in text, "the pipeline reads otherwise by now: change it somewhere else"
    module.write_text(text.replace(BEFORE, "        await self._analyze_results()\n" + BEFORE))
    return str(folder)


@pytest.mark.usefixtures("running")
def test_todays_code_made_what_is_running_and_breaks_nothing(fiberwise: Fiberwise):
    found = fiberwise("check-deploy", "--json")
    assert found.code == 0
    assert (found.answer["running"], found.answer["same_build"], found.answer["changes"]) == (1, 1, [])
    assert found.answer["build_id"].startswith("0.1.0+")


def test_an_incompatible_change_is_told_and_fails_a_build(running: str, tomorrow: str, fiberwise: Fiberwise):
    found = fiberwise("check-deploy", PYTHONPATH=tomorrow)
    assert found.code == 1
    assert found.out.startswith(CHANGE)
    assert 'add a patch here, `workflow.patched("analyze")`, or deploy it as a new version' in found.out
    assert running[:8] in found.out
    [change] = fiberwise("check-deploy", "--json", PYTHONPATH=tomorrow).answer["changes"]
    assert (change["executions"], change["breaking"], change["staying"]) == (1, 1, 0)


@pytest.mark.usefixtures("running")
def test_an_unversioned_worker_ends_with_the_reason_before_it_polls(tomorrow: str, fiberwise: Fiberwise):
    refused = fiberwise("worker", "--json", PYTHONPATH=tomorrow)
    assert (refused.code, refused.out) == (1, "")
    assert refused.error["code"] == "deploy_refused"
    assert refused.error["message"].startswith(CHANGE)
    assert "looked at 1 of 1 running executions" in refused.error["message"]


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(
    ("variables", "told"),
    [({"FIBERWISE_VERSIONING": "pinned"}, True), ({"FIBERWISE_CHECK_EXECUTIONS": "0"}, False)],
    ids=["versioned", "check turned off"],
)
def test_a_worker_goes_on_where_it_may(
    environment: dict[str, str], tomorrow: str, variables: dict[str, str], told: bool
):
    with subprocess.Popen(
        [PROGRAM, "worker", "--json"],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": tomorrow} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stdout
        serves = worker.stdout.readline()
        worker.terminate()
        _, err = worker.communicate(timeout=SECONDS)
    assert serves == "{\n"
    assert (CHANGE in err) == told


def test_without_a_server_there_is_nothing_to_check(fiberwise: Fiberwise, tmp_path: Path):
    found = fiberwise("check-deploy", "--json", FIBERWISE_HOME=str(tmp_path))
    assert (found.code, found.error["code"]) == (3, "unavailable")
