"""What a person should know about a data set, in words, with the figures that show it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from activities.agents.advanced_test.quality import holds_codes
from activities.agents.data_processor.figures import number
from fiberwise.contracts.cleaning import Rule, Transform
from fiberwise.contracts.dataset import Dataset, Figure, Kind
from fiberwise.contracts.profile import Column, Extract
from fiberwise.contracts.synthesis import Correlation, Finding, Outliers

Severity = Literal["info", "warning", "problem"]
Count = Callable[[Column], int]
Say = Callable[[Column], str]
ORDER: Sequence[Severity] = ("problem", "warning", "info")
NAMED = 3
"""Columns named in a sentence; the evidence holds more of them."""

EVIDENCE = 20
NEARLY_EMPTY, MANY_GAPS = 0.9, 0.05
NEARLY_UNIQUE, FEW = 0.9, 20
SAME = 0.95


class Facts(NamedTuple):
    """All that findings are made of."""

    dataset: Dataset
    extract: Extract | None
    transform: Transform | None
    duplicates: int | None
    correlations: Sequence[Correlation]
    outliers: Sequence[Outliers]
    chunks: tuple[int, int] = (0, 0)


def find(facts: Facts) -> list[Finding]:
    """All findings, the gravest first."""
    columns = facts.extract.columns if facts.extract else []
    found = [
        *_of_rows(facts),
        *_of_columns(columns),
        *_of_numbers(facts),
        *_of_cleaning(facts.transform),
        *_of_keys(facts),
    ]
    return sorted(found, key=lambda finding: ORDER.index(finding.severity))


def _of_rows(facts: Facts) -> Iterable[Finding]:
    rows, aside = facts.dataset.rows, facts.dataset.set_aside.rows
    if not rows:
        yield Finding(kind="no_rows", severity="problem", text="The data set has a header but no rows.")
    if aside:
        text = f"{aside} rows had too few or too many cells and were set aside when the data set was read."
        yield Finding(kind="ragged_rows", severity="warning", text=text, evidence={"rows": aside})
    if facts.chunks[0]:
        text = "{} of {} chunks are missing: figures are of the rows of the others.".format(*facts.chunks)
        counts: dict[str, Figure] = dict(zip(("missing", "chunks"), facts.chunks, strict=True))
        yield Finding(kind="missing_chunks", severity="warning", text=text, evidence=counts)
    if facts.duplicates:
        text = f"{facts.duplicates} of {rows} rows repeat another row exactly ({_percent(facts.duplicates, rows)})."
        evidence: dict[str, Figure] = {"duplicate_rows": facts.duplicates, "rows": rows}
        yield Finding(kind="duplicates", severity="warning", text=text, evidence=evidence)


def _of_columns(columns: Sequence[Column]) -> Iterable[Finding]:
    valued = [column for column in columns if column.count]
    gaps = [column for column in valued if column.nulls]
    empty = [column for column in columns if column.nulls and not column.count]
    yield from _group("all_null", "problem", empty, "Without any value: {}.", _nulls)
    sparse = [column for column in gaps if _gap(column) >= NEARLY_EMPTY]
    yield from _group("nearly_empty", "warning", sparse, "Nearly empty: {}.", _nulls, _lacks)
    holes = [column for column in gaps if MANY_GAPS <= _gap(column) < NEARLY_EMPTY]
    yield from _group("gaps", "warning", holes, "Values are missing: {}.", _nulls, _lacks)
    few = [column for column in gaps if _gap(column) < MANY_GAPS]
    yield from _group("few_gaps", "info", few, "Few values are missing: {}.", _nulls, _lacks)
    constant = [column for column in valued if column.distinct == 1 and column.count > 1]
    yield from _group("constant", "info", constant, "The same value in every row that has one: {}.", _count)
    mixed = [column for column in valued if column.mixed and not holds_codes(column)]
    yield from _group("mixed", "warning", mixed, "Values of several kinds: {}.", _count, _mixture)
    codes = [column for column in valued if holds_codes(column)]
    text = "Codes, not numbers, since some begin with a zero: {}."
    yield from _group("codes", "info", codes, text, _count)
    unique = [column for column in valued if _nearly_unique(column)]
    yield from _group("high_cardinality", "info", unique, "Nearly every value is its own: {}.", _distinct)
    noted = [column for column in valued if column.notes]
    yield from _group("notes", "warning", noted, "To be read with care: {}.", _count, _notes)


def _of_numbers(facts: Facts) -> Iterable[Finding]:
    if facts.outliers:
        most = sorted(facts.outliers, key=lambda one: -one.count)
        words = [
            f"`{one.column}` ({one.count} outside {_short(one.low)} to {_short(one.high)})" for one in most
        ]
        text = f"Values far from the rest: {_listed(words)}."
        yield _finding("outliers", "warning", text, [(one.column, one.count) for one in most])
    if facts.correlations:
        words = [f"`{one.a}` and `{one.b}` (r = {one.pearson:.2f})" for one in facts.correlations]
        same = abs(facts.correlations[0].pearson) >= SAME
        tail = " Of these, the first two say nearly the same." if same else ""
        text = f"Columns that go together: {_listed(words)}.{tail}"
        evidence = [(f"{one.a} ~ {one.b}", one.pearson) for one in facts.correlations]
        found = _finding("correlation", "warning" if same else "info", text, evidence)
        columns = list(dict.fromkeys(name for one in facts.correlations for name in (one.a, one.b)))
        yield found.model_copy(update={"columns": columns[:EVIDENCE]})


def _of_cleaning(transform: Transform | None) -> Iterable[Finding]:
    trimmed = [one for one in transform.rules if one.rule is Rule.TRIM and one.count] if transform else []
    if trimmed:
        words = [f"`{one.column}` ({one.count} cells)" for one in trimmed]
        text = f"Stray spaces stood round values: {_listed(words)}."
        yield _finding("spaces", "info", text, [(one.column or "", one.count) for one in trimmed])


def _of_keys(facts: Facts) -> Iterable[Finding]:
    extract = facts.extract
    if extract and extract.rows > 1 and not extract.keys:
        text = "No column, and no pair of columns, tells every row from the others."
        if _rough_keys(extract):
            text = "No column tells every row from the others; pairs of columns were not looked at."
        yield Finding(kind="no_key", severity="info", text=text, evidence={"rows": extract.rows})
    if extract and extract.rows > 1 and extract.keys:
        words = [" with ".join(f"`{name}`" for name in key) for key in extract.keys]
        columns = list(dict.fromkeys(name for key in extract.keys for name in key))
        text = f"A row is identified by {_listed(words, 'or')}."
        if _rough_keys(extract):
            text = f"As far as a stream can tell, a row is identified by {_listed(words, 'or')}."
        yield Finding(kind="key", severity="info", columns=columns, text=text)


def _rough_keys(extract: Extract) -> bool:
    return any(one.figure == "keys" for one in extract.approximate)


def _group(
    kind: str, severity: Severity, columns: Sequence[Column], text: str, count: Count, say: Say | None = None
) -> Iterable[Finding]:
    """One finding for all columns of a sort, or none."""
    if columns:
        words = [f"`{column.name}`" + (f" ({say(column)})" if say else "") for column in columns]
        evidence = [(column.name, count(column)) for column in columns]
        yield _finding(kind, severity, text.format(_listed(words)), evidence)


def _finding(kind: str, severity: Severity, text: str, evidence: Sequence[tuple[str, Figure]]) -> Finding:
    shown = dict(evidence[:EVIDENCE])
    return Finding(kind=kind, severity=severity, columns=list(shown), text=text, evidence=shown)


def _listed(words: Sequence[str], last: str = "and") -> str:
    named, more = list(words[:NAMED]), len(words) - NAMED
    if more > 0:
        named.append(f"{more} more")
    return f" {last} ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def _nulls(column: Column) -> int:
    return column.nulls


def _count(column: Column) -> int:
    return column.count


def _distinct(column: Column) -> int:
    return column.distinct


def _gap(column: Column) -> float:
    return column.nulls / (column.nulls + column.count)


def _lacks(column: Column) -> str:
    return f"{column.nulls} of {column.nulls + column.count}, {_percent(column.nulls, column.nulls + column.count)}"


def _mixture(column: Column) -> str:
    shares = sorted((column.mixed or {}).items(), key=lambda item: -item[1])
    return ", ".join(f"{share:.1%} {kind}" for kind, share in shares)


def _notes(column: Column) -> str:
    return "; ".join(column.notes)


def _nearly_unique(column: Column) -> bool:
    return (
        column.kind is Kind.TEXT and column.count >= FEW and column.distinct >= NEARLY_UNIQUE * column.count
    )


def _short(x: Figure) -> str:
    return f"{number(x):.6g}"


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if part / whole >= 0.001 else "under 0.1%"
