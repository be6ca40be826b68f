"""A worker whose table engine cannot be imported still tells of the data what the standard library can."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.program import Fiberwise, staying


@pytest.fixture
def broken(environment: dict[str, str], tmp_path: Path) -> Iterator[None]:
    """A stack in which `import polars` raises; the commands that use it have theirs."""
    (tmp_path / "polars.py").write_text('raise ImportError("built for another processor")\n')
    with staying(environment | {"PYTHONPATH": str(tmp_path)}, "dev"):
        yield


@pytest.mark.usefixtures("broken")
def test_a_run_falls_back_on_the_digest(fiberwise: Fiberwise):
    ran = fiberwise("run", "complex-multi-agent", "--data", "examples/penguins.csv", "--json")
    assert (ran.code, ran.answer["outcome"]) == (0, "fallback")
    assert ran.answer["produced_by"] == "data-digest"
    assert ran.answer["results"]["extract"]["rows"] == 344
    assert "ingest failed: built for another processor" in ran.answer["reasons"]
