from datetime import UTC, datetime
from pathlib import Path

import pytest

from fiberwise.contracts.errors import BadInput
from fiberwise.runtime import dev_server
from fiberwise.runtime.ports import Ports
from fiberwise.runtime.settings import Settings
from fiberwise.runtime.stack_state import FILE, StackState, read_state, state_folder, write_state

STATE = StackState(pid=1, port=2, ui_port=3, owner_pid=4, started=datetime(2026, 1, 2, tzinfo=UTC))


def test_what_is_written_is_read_and_no_draft_stays(tmp_path: Path):
    write_state(tmp_path, STATE)
    assert read_state(tmp_path) == STATE
    assert STATE.ports == Ports(2, 3)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("content", [b"", b'{"pid": 1', b"[]", b"\xff"])
def test_a_broken_file_counts_as_none(tmp_path: Path, content: bytes):
    (tmp_path / FILE).write_bytes(content)
    assert read_state(tmp_path) is None


def test_the_folder_is_made_with_its_logs_and_links_are_resolved(tmp_path: Path):
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    (tmp_path / "real").mkdir()
    home = state_folder(Settings(home=tmp_path / "link" / "state"))
    assert home == (tmp_path / "real" / "state").resolve()
    assert (home / "logs").is_dir()


def test_a_folder_below_a_file_is_refused_with_the_setting_to_change(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written") as caught:
        state_folder(Settings(home=tmp_path / "file" / "state"))
    assert "FIBERWISE_HOME" in caught.value.hint


def test_a_large_log_is_moved_aside_and_a_small_one_is_appended_to(tmp_path: Path):
    log = tmp_path / "logs" / "server.log"
    assert dev_server.bound_log(tmp_path) == 0
    log.parent.mkdir()
    log.write_text("a line\n")
    assert dev_server.bound_log(tmp_path) == 7
    with log.open("r+b") as file:
        file.truncate(dev_server.LOG_BYTES + 1)
    assert dev_server.bound_log(tmp_path) == 0
    assert [path.name for path in log.parent.iterdir()] == ["server.log.1"]
