"""`clean`: tells what would go, asks, removes it for good, and leaves what something refers to."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fiberwise.store.artifacts import ArtifactStore
from tests.integration.cli.program import Fiberwise

SMALL = ("complex-multi-agent", "--set", "generate.rows=40")
MONTH = ("clean", "--older-than", "30d")


@pytest.fixture
def orphan(dev: dict[str, Any], home: Path) -> Path:
    """Stored a year ago, and nothing refers to it."""
    uri = ArtifactStore(str(home / "artifacts")).put_bytes(b"orphan", "json").uri
    return aged(Path(uri.removeprefix("file://")))


def aged(path: Path) -> Path:
    then = (datetime.now(UTC) - timedelta(days=365)).timestamp()
    os.utime(path, (then, then))
    return path


def test_a_dry_run_tells_files_and_bytes_of_each_kind_and_removes_nothing(orphan: Path, fiberwise: Fiberwise):
    told = fiberwise(*MONTH, "--dry-run", "--json").answer
    assert told["dry_run"] is True
    assert told["removed"] == [{"store": "artifacts", "kind": "json", "count": 1, "bytes": 6}]
    assert "would remove 1 file of json (6 B)" in fiberwise(*MONTH, "--dry-run").out
    assert orphan.exists()


def test_without_a_terminal_it_needs_yes(orphan: Path, fiberwise: Fiberwise):
    ran = fiberwise(*MONTH)
    assert ran.code == 0
    assert "nothing was removed: --yes removes it" in ran.err
    assert orphan.exists()


def test_it_removes_what_nothing_refers_to_and_results_can_still_be_read(
    orphan: Path, home: Path, fiberwise: Fiberwise
):
    run = fiberwise("run", *SMALL, "--json").answer
    for path in (home / "artifacts").glob("??/*"):
        aged(path)
    told = fiberwise(*MONTH, "--yes", "--json").answer
    assert told["dry_run"] is False
    assert not orphan.exists()
    dataset = Path(run["results"]["dataset"]["uri"].removeprefix("file://"))
    assert dataset.exists()
    assert fiberwise("rerun", run["execution_id"], "--json").answer["outcome"] == "full"
    assert "is without use" in fiberwise(*MONTH, "--yes").out


@pytest.mark.parametrize("when", ["soon", "2999-01-01", ""])
def test_what_is_no_moment_of_the_past_is_refused(when: str, fiberwise: Fiberwise):
    ran = fiberwise("clean", "--older-than", when, "--json")
    assert (ran.code, ran.error["where"]) == (2, "--older-than")
