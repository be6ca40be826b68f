from collections.abc import Callable
from pathlib import Path

import pytest

from fiberwise.datasets.limits import Limits
from fiberwise.datasets.reading import Table, check, read_table
from fiberwise.datasets.source import How, OnBadRows, Source

Read = Callable[..., Table]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Writes bytes or text to a file of the given name, checks it as before a start, and reads it."""

    def read(
        data: bytes | str,
        name: str = "data.csv",
        limits: Limits = Limits(),
        on_bad_rows: OnBadRows = "refuse",
        sheet: str | None = None,
    ) -> Table:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        source, how = Source(path, name, limits), How(on_bad_rows, sheet)
        facts = check(source, how)
        table = read_table(source, how)
        assert table.facts == facts, "the check before a start and the reading after it disagree"
        return table

    return read
