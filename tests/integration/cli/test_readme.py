"""Every command in the README does what the README says, in the order in which a reader types them."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.integration.cli.program import ROOT, Fiberwise, staying

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
LINES = [line.split("#")[0].strip() for block in BLOCKS for line in block.splitlines()]
MAKE = [line.split()[1] for line in LINES if line.startswith("make ")]
COMMANDS = [line for line in LINES if line.startswith("fiberwise ")]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_the_readme_names_commands():
    assert {"run", "test", "dev", "survive"} <= set(MAKE)
    assert len(COMMANDS) >= 8


@pytest.mark.parametrize("target", sorted(set(MAKE)))
def test_every_make_target_of_the_readme_exists_and_is_listed_by_help(target: str):
    assert target in TARGETS
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.search(rf"^make {target} ", shown, re.MULTILINE)


def test_make_run_ends_well_and_says_what_to_type_next(environment: dict[str, str]):
    done = subprocess.run(
        ["make", "run"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    assert "344 rows × 8 columns" in done.stdout
    assert "Next" in done.stdout


@pytest.mark.timeout(300)  # some twenty programs in turn, which a busy machine takes long to start
def test_every_fiberwise_command_of_the_readme_works(fiberwise: Fiberwise, environment: dict[str, str]):
    with staying(environment, "dev"):
        for command in COMMANDS:
            words = shlex.split(command.replace(" ID", f" {_newest(fiberwise)}"))
            done = fiberwise(*words[1:])
            assert done.code == 0, f"{command}\n{done.err}"


def _newest(fiberwise: Fiberwise) -> str:
    lines = fiberwise("list").out.splitlines()
    return lines[1].split()[0] if len(lines) > 1 else ""


def test_every_file_the_readme_points_at_is_there():
    linked = re.findall(r"\]\(([^)#]+)\)", README)
    assert [one for one in linked if "://" not in one and not (ROOT / one).exists()] == []
    assert Path(ROOT / "examples/penguins-raw.csv").is_file()
