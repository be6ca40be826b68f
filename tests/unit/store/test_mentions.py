"""Whatever holds a hash or an id mentions it, in whichever form; what only looks like one, in a table, does not."""

from pathlib import Path

import pytest

from fiberwise.store import mentions
from fiberwise.store.mentions import Mentions

HASH = "0f" * 32
ID = "5b5f2f5e-8c1d-4e53-9d5a-3f3b7c1d2e4f"


@pytest.mark.parametrize(
    "data", [f'{{"uri":"file:///a/0f/{HASH}.csv"}}', f"\x00\x12{HASH}\x01", f"{HASH}", f"sha256={HASH};"]
)
def test_a_hash_is_mentioned_in_any_form(data: str):
    found = Mentions()
    found.note(data.encode())
    assert found.artifacts == {HASH}


def test_an_execution_is_mentioned_by_its_id():
    found = Mentions()
    found.note(f"complex-multi-agent/{ID}".encode())
    assert found.executions == {ID}


@pytest.mark.parametrize("offset", range(0, 70, 7))
def test_a_file_is_read_in_blocks_and_a_mention_across_two_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offset: int
):
    monkeypatch.setattr(mentions, "BLOCK", 128)
    file = tmp_path / f"{HASH}.json"
    file.write_bytes(b" " * (128 - offset) + HASH.encode() + b" " * 200)
    found = Mentions()
    found.note_file(file)
    assert found.artifacts == {HASH}


@pytest.mark.parametrize("name", [f"{HASH}.csv", f"{HASH}.csv.gz", "cleaned.parquet"])
def test_a_table_refers_to_nothing(tmp_path: Path, name: str):
    (tmp_path / name).write_text(HASH)
    found = Mentions()
    found.note_file(tmp_path / name)
    assert found.artifacts == set()
