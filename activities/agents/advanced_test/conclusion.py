"""From what was measured to the synthesis: one path, whether a data set was read whole or in chunks."""

from collections.abc import Sequence
from typing import NamedTuple

from activities.agents.advanced_test.findings import Facts, find
from activities.agents.advanced_test.quality import confidence, rate
from activities.agents.advanced_test.wording import next_steps, summarize
from fiberwise.contracts.cleaning import Rule, Transform
from fiberwise.contracts.synthesis import Brief, Correlation, Outliers, Synthesis

COUNTING = {Rule.TRIM, Rule.NULL_TOKENS, Rule.EMPTY_ROWS, Rule.DUPLICATE_ROWS}
"""The rules that must have run for transform's duplicates to be the duplicates of values."""


class Measured(NamedTuple):
    """What was found in `rows` of the data set; `duplicates` is None where nobody could count them.

    `chunks` are (missing, all) of a data set that streamed.
    """

    rows: int
    duplicates: int | None
    correlations: Sequence[Correlation]
    outliers: Sequence[Outliers]
    chunks: tuple[int, int] = (0, 0)


def conclude(brief: Brief, measured: Measured) -> Synthesis:
    """Quality, findings and advice; of a missing part, what can be said without it."""
    dataset, extract, transform = brief.dataset, brief.extract, brief.transform
    found = Facts(dataset, extract, transform, *measured[1:])
    findings, missing = find(found), _missing(brief, measured.duplicates)
    quality = rate(extract, measured.rows, measured.duplicates)
    sure = confidence(
        measured.rows, extract is not None, transform is not None and measured.duplicates is not None
    )
    return Synthesis(
        quality=quality,
        correlations=list(measured.correlations),
        outliers=list(measured.outliers),
        findings=findings,
        next_steps=next_steps(findings, missing),
        summary=summarize(dataset, quality, findings, missing),
        confidence=round(sure * _share(*measured.chunks), 4),
        missing=missing,
    )


def counted_duplicates(transform: Transform | None) -> int | None:
    """Exact duplicate rows of values, if the rules that count them have run."""
    if transform and {count.rule for count in transform.rules} >= COUNTING:
        return transform.duplicate_rows
    return None


def _missing(brief: Brief, duplicates: int | None) -> list[str]:
    parts = {"extract": brief.extract, "transform": brief.transform}
    missing = [name for name, part in parts.items() if part is None]
    return missing if brief.transform is None or duplicates is not None else [*missing, "duplicates"]


def _share(missing: int, chunks: int) -> float:
    return 1 - missing / chunks if chunks else 1.0
