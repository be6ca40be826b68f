import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from fiberwise.runtime import machine, reach
from fiberwise.runtime.check import Check
from fiberwise.runtime.checks import run_checks
from fiberwise.runtime.settings import Settings


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def closed() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def test_on_a_machine_that_runs_these_tests_all_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("TEMPORAL_ADDRESS", raising=False)
    checks = list(run_checks(Settings(home=tmp_path, artifacts="", database="")))
    assert [check for check in checks if not check.ok] == []
    assert {"python", "git", "temporal program", "child processes", "database"} <= {c.name for c in checks}


def test_a_configured_temporal_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: int):
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{closed}")
    last = list(run_checks(Settings(home=tmp_path)))[-1]
    assert (last.name, last.ok) == ("temporal server", False)
    assert "TEMPORAL_ADDRESS" in last.hint


def test_an_old_python_is_told_which_to_install():
    assert machine.python((3, 10, 9)) == Check("python", False, "3.10.9", "install Python 3.11, 3.12 or 3.13")


def test_a_missing_program_names_its_package():
    check = machine.program("no-such-program")
    assert (check.ok, check.found) == (False, "missing")
    assert "apt-get install no-such-program" in check.hint


def test_a_temporal_program_that_does_not_run_is_told(tmp_path: Path):
    check = machine.temporal(Settings(temporal_cli=str(tmp_path)))
    assert not check.ok
    assert check.hint


def test_a_state_folder_that_is_a_file_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    check = machine.state(Settings(home=tmp_path / "file"))
    assert not check.ok
    assert "FIBERWISE_HOME" in check.hint


def test_a_set_port_is_free_or_in_use(tmp_path: Path, listening: int, closed: int):
    free = machine.port(Settings(home=tmp_path), "FIBERWISE_UI_PORT", closed)
    used = machine.port(Settings(home=tmp_path), "FIBERWISE_UI_PORT", listening)
    assert (free.ok, used.ok) == (True, False)
    assert "FIBERWISE_UI_PORT" in used.hint


def test_a_postgresql_server_answers_or_not(listening: int, closed: int):
    assert reach.database(f"postgresql+psycopg://me:secret@127.0.0.1:{listening}/db").ok
    refused = reach.database(f"postgresql+psycopg://me:secret@127.0.0.1:{closed}/db")
    assert not refused.ok
    assert "secret" not in refused.found + refused.hint


def test_a_socket_folder_is_looked_at(tmp_path: Path):
    assert reach.database(f"postgresql+psycopg:///db?host={tmp_path}").ok
    assert not reach.database(f"postgresql+psycopg:///db?host={tmp_path}/none").ok


def test_a_scheme_that_is_not_ours_is_refused():
    assert reach.database("oracle://x").hint == "use sqlite:/// or postgresql://"


def test_an_artifact_store_may_be_a_folder_or_any_known_url(tmp_path: Path):
    assert reach.artifacts(str(tmp_path / "not" / "yet")).ok
    assert reach.artifacts(f"file://{tmp_path}").ok
    assert not reach.artifacts("no-such-scheme://x").ok
