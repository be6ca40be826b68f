"""The synthesis as a person reads it: a summary of a few sentences, and what to do next."""

from collections.abc import Sequence

from fiberwise.contracts.dataset import Dataset
from fiberwise.contracts.synthesis import Finding, Quality

NEXT = {
    "no_rows": "Check the export: a header without rows is rarely what was meant.",
    "ragged_rows": "Look at the rows that were set aside, and mend them where they come from.",
    "missing_chunks": "Run the chunks that are missing again: `redrive` does only those.",
    "all_null": "Drop the columns without any value, or find out why nothing fills them.",
    "nearly_empty": "Ask whether the nearly empty columns are needed.",
    "duplicates": "Find out why rows repeat; the cleaned table holds each of them once.",
    "gaps": "Decide for each column with gaps: fill them, or leave those rows out of its figures.",
    "mixed": "Mend the values of the rarer kind: until then the column is text, and nothing can be calculated.",
    "outliers": "Look at the values far from the rest: mistakes of entry, or real?",
    "notes": "Read the notes of the columns named before you use their figures.",
    "correlation": "Where two columns say nearly the same, use one of them.",
    "columns_gone": "Find out why columns are gone: what reads them will fail.",
    "kind_changed": "Look at the columns of another kind than before: what calculates with them may fail.",
    "drift": "Find out what moved: the world, or the way it is recorded.",
    "no_key": "Give rows an identifier, so that they can be told apart and joined.",
}
SEVERE = ("problem", "warning")
UNCOUNTED = (
    "Let `transform` run its first four rules: in a data set that streams, only they count repeated rows."
)


def next_steps(findings: Sequence[Finding], missing: Sequence[str]) -> list[str]:
    """What to do, the gravest finding first."""
    steps = [_step(part) for part in missing]
    grave = [finding.kind for finding in findings if finding.severity in SEVERE or finding.kind == "no_key"]
    steps += [NEXT[kind] for kind in grave if kind in NEXT]
    return steps or ["Nothing stands in the way: use the cleaned table."]


def summarize(dataset: Dataset, quality: Quality, findings: Sequence[Finding], missing: Sequence[str]) -> str:
    """Two to four sentences."""
    sentences = [f"The data set has {_many(dataset.rows, 'row')} and {_many(dataset.columns, 'column')}."]
    if dataset.rows:
        sentences.append(_quality(quality))
    telling = [finding for finding in findings if finding.severity in SEVERE or finding.kind == "correlation"]
    sentences += [finding.text for finding in telling[:1]]
    if missing:
        sentences.append(f"What {' and '.join(missing)} would have told is missing.")
    return " ".join(sentences)


def _step(missing: str) -> str:
    if missing == "duplicates":
        return UNCOUNTED
    return f"Run `{missing}` again: without it this synthesis is incomplete."


def _quality(quality: Quality) -> str:
    score = "is not known" if quality.score is None else f"is {_percent(quality.score)}"
    shares = {
        "of the cells hold a value": quality.completeness,
        "of the rows repeat none above them": quality.uniqueness,
        "of the values are of their column's main kind": quality.consistency,
    }
    parts = [f"{_percent(share)} {what}" for what, share in shares.items() if share is not None]
    return f"Its quality {score}: {', '.join(parts)}."


def _percent(share: float) -> str:
    """Cut, not rounded: 100% is said of nothing less."""
    return f"{int(share * 1000) / 10:g}%"


def _many(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
