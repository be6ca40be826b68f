"""Which character parts the cells of a text, by how evenly each candidate parts its first lines."""

import csv
import io
from itertools import islice

SAMPLE = 1 << 20
ROWS = 100
CANDIDATES = (",", ";", "\t", "|")


def delimiter_of(text: str, name: str) -> str:
    """The delimiter of a text, of which the start suffices; a comma where there is but one column."""
    order = sorted(CANDIDATES, key=lambda mark: mark != "\t") if ".tsv" in name.lower() else CANDIDATES
    sample = text[:SAMPLE]
    return max(order, key=lambda mark: _evenness(sample, mark))


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    """The share of rows as wide as the first, and that width; (0, 0) if it parts nothing."""
    rows = _rows(sample, delimiter)
    if not rows or len(rows[0]) < 2:
        return 0.0, 0
    width = len(rows[0])
    return sum(len(row) == width for row in rows) / len(rows), width


def _rows(sample: str, delimiter: str) -> list[list[str]]:
    csv.field_size_limit(SAMPLE)
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    rows = [row for row in islice(reader, ROWS) if any(map(str.strip, row))]
    # The sample may end within its last row, which then says nothing.
    return rows[:-1] if len(rows) > 1 and len(sample) == SAMPLE and len(rows) < ROWS else rows
