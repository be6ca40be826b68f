"""Spoiling rows on purpose, and counting exactly what was spoilt, as it stands in the finished data set."""

from collections import Counter
from collections.abc import Collection

from activities.functions.test_data.draws import Draw
from activities.functions.test_data.shapes import Columns, Shape
from fiberwise.contracts.dataset import Defects, Planted

Truth = Counter[tuple[str, str | None]]
WORDS = ("unknown", "ten", "see note", "?")
SPACES = (" {}", "{} ", "  {}", " {}  ")


def plant(columns: Columns, shape: Shape, defects: Defects, draw: Draw) -> Truth:
    """Spoils the columns in place. Copies of rows come last, defects and all."""
    copies = _copies(len(next(iter(columns.values()))), defects.duplicates, draw)
    seen = Counter(copies.values())
    truth: Truth = Counter({("duplicates", None): len(copies)})
    for name, cells in columns.items():
        for defect, rows in _spoil(name, cells, shape, defects, draw).items():
            if rows:
                truth[defect, name] += sum(1 + seen[row] for row in rows if row not in copies)
        for row, original in copies.items():
            cells[row] = cells[original]
    return truth


def told(truth: Truth) -> list[Planted]:
    """What was planted, as the contract says it; kinds that did not occur are left out."""
    return [
        Planted.model_validate({"defect": d, "column": c, "count": n}) for (d, c), n in truth.items() if n
    ]


def _copies(rows: int, share: float, draw: Draw) -> dict[int, int]:
    """Which rows become copies of which; an original is never itself a copy."""
    chosen = _hit(share, "duplicates", draw)
    originals = [row for row in range(rows) if row not in chosen] or [0]
    picks = draw("originals")
    return {row: originals[picks[row] % len(originals)] for row in sorted(chosen) if row != originals[0]}


def _spoil(
    name: str, cells: list[str], shape: Shape, defects: Defects, draw: Draw
) -> dict[str, Collection[int]]:
    """Spoils one column; returns the rows that each defect hit."""
    gaps = _hit(defects.gaps if name in shape.gaps else 0, f"{name} gaps", draw)
    mixed = _hit(defects.mixed if name == shape.mixed else 0, f"{name} mixed", draw) - gaps
    outliers = _hit(defects.outliers if name == shape.outliers else 0, f"{name} outliers", draw) - gaps
    spaces = _hit(defects.spaces if name in shape.spaces else 0, f"{name} spaces", draw) - gaps
    picks = draw(f"{name} defect") if mixed or outliers or spaces else ()
    for row in gaps:
        cells[row] = ""
    for row in mixed:
        cells[row] = WORDS[picks[row] & 3]
    for row in outliers:
        cells[row] = shape.outlier(picks[row])
    for row in spaces:
        cells[row] = SPACES[picks[row] & 3].format(cells[row])
    return {"gaps": gaps, "mixed": mixed, "outliers": outliers, "spaces": spaces}


def _hit(share: float, purpose: str, draw: Draw) -> set[int]:
    # Times a power of two is exact, so the same rows are hit on every machine.
    below = int(share * 2**32)
    return {row for row, number in enumerate(draw(purpose)) if number < below} if below else set()
