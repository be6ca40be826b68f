"""The locks hold every dependency, by hash and without download addresses."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def name_of(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9_.-]", requirement)[0].lower().replace("_", "-")


def locked(kind: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{kind}.lock").read_text()
    return dict(re.findall(r"^(\S+?)==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("kind", ["run", "dev", "browser"])
def test_a_lock_names_no_download_address_and_hashes_each_package(kind: str):
    text = (ROOT / "requirements" / f"{kind}.lock").read_text()
    assert "://" not in text
    packages = re.split(r"^(?=\S+==)", text, flags=re.MULTILINE)[1:]
    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []


def test_each_dependency_of_the_project_is_in_its_lock():
    run, more = PROJECT["dependencies"], PROJECT["optional-dependencies"]
    assert {name_of(requirement) for requirement in run} <= locked("run").keys(), "say `make lock`"
    assert {name_of(requirement) for requirement in more["dev"]} <= locked("dev").keys(), "say `make lock`"
    assert {name_of(requirement) for requirement in more["browser"]} <= locked("browser").keys(), (
        "say `make lock`"
    )


def test_each_lock_holds_the_smaller_one_unchanged():
    assert locked("run").items() <= locked("dev").items() <= locked("browser").items()
