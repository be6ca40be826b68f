"""The cleaning rules, each of which counts what it changed and shows up to three examples."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from activities.agents.data_processor.casting import cast_columns
from activities.agents.data_processor.cells import nulled, trimmed
from activities.agents.data_processor.duplicates import repeated_rows
from activities.agents.data_processor.naming import clean_names
from fiberwise.contracts.cleaning import Rule, RuleCount

EXAMPLES = 3
LOOKED_AT = 1000
"""Changed cells among which examples are sought that differ from each other."""

SHOWN = 60
"""Characters of a cell in an example."""

Change = tuple[str | None, str | None]


@dataclass
class Work:
    """A table on its way through the rules; `rows` are the numbers (from 1) of its rows in the source."""

    cells: pl.DataFrame
    tokens: Sequence[str]
    asked: Sequence[Rule]
    counts: list[RuleCount] = field(default_factory=list)
    removed: list[tuple[Rule, pl.Series]] = field(default_factory=list)
    rows: pl.Series = field(init=False)

    def __post_init__(self) -> None:
        self.rows = pl.int_range(1, self.cells.height + 1, eager=True).alias("row")

    def removed_rows(self) -> pl.DataFrame:
        """Columns `rule` and `row`, in the order in which rows were taken out."""
        empty = pl.DataFrame(schema={"rule": pl.String, "row": pl.Int64})
        taken = [pl.DataFrame({"rule": rule.value, "row": rows}) for rule, rows in self.removed]
        return pl.concat([empty, *taken])

    def taken_by(self, rule: Rule) -> int:
        return sum(len(rows) for by, rows in self.removed if by is rule)

    def note(
        self,
        rule: Rule,
        column: str | None,
        count: int,
        unit: Literal["cells", "rows", "columns"],
        examples: Sequence[str] = (),
    ) -> None:
        self.counts.append(
            RuleCount(rule=rule, column=column, count=count, unit=unit, examples=list(examples)[:EXAMPLES])
        )

    def change(self, rule: Rule, after: pl.DataFrame, texts: pl.DataFrame) -> None:
        """Takes over `after`, and counts its cells whose text is another than before, column by column."""
        counted = len(self.counts)
        for name, count in differences(self.cells, texts).items():
            pairs = dict.fromkeys(first_changes(self.cells[name], texts[name]))
            self.note(rule, name, count, "cells", [told(pair) for pair in list(pairs)[:EXAMPLES]])
        if counted == len(self.counts):
            self.note(rule, None, 0, "cells")
        self.cells = after

    def remove(self, rule: Rule, doomed: pl.Series, examples: Sequence[str]) -> None:
        """Takes the rows out where `doomed` is true."""
        taken = self.rows.filter(doomed)
        self.note(rule, None, len(taken), "rows", examples)
        self.removed.append((rule, taken))
        self.cells, self.rows = self.cells.filter(~doomed), self.rows.filter(~doomed)


def trim(work: Work) -> None:
    after = trimmed(work.cells)
    work.change(Rule.TRIM, after, after)


def null_tokens(work: Work) -> None:
    after = nulled(work.cells, work.tokens)
    work.change(Rule.NULL_TOKENS, after, after)


def empty_rows(work: Work) -> None:
    empty = without_value(work.cells)
    rows = work.rows.filter(empty).head(EXAMPLES)
    work.remove(Rule.EMPTY_ROWS, empty, [f"row {row} -> removed" for row in rows])


def duplicate_rows(work: Work) -> None:
    repeated, first = repeated_rows(work.cells)
    pairs = zip(work.rows.filter(repeated).head(EXAMPLES), first[:EXAMPLES], strict=True)
    examples = [f"row {row} -> removed, the same as row {work.rows[kept]}" for row, kept in pairs]
    work.remove(Rule.DUPLICATE_ROWS, repeated, examples)


def casts(work: Work) -> None:
    found = cast_columns(work.cells, work.tokens, unique=Rule.DUPLICATE_ROWS in work.asked)
    texts = work.cells.with_columns(cast.texts for cast in found)
    work.change(Rule.CASTS, work.cells.with_columns(cast.values for cast in found), texts)


def snake_case(work: Work) -> None:
    names = dict(zip(work.cells.columns, clean_names(work.cells.columns), strict=True))
    examples = [f"{before} -> {after}" for before, after in names.items() if before != after]
    work.note(Rule.SNAKE_CASE, None, len(examples), "columns", examples)
    work.cells = work.cells.rename(names)


def without_value(cells: pl.DataFrame) -> pl.Series:
    """Which rows have no text in any cell."""
    return cells.select(pl.all_horizontal(pl.all().fill_null("") == "")).to_series()


APPLY: Mapping[Rule, Callable[[Work], None]] = {
    Rule.TRIM: trim,
    Rule.NULL_TOKENS: null_tokens,
    Rule.EMPTY_ROWS: empty_rows,
    Rule.DUPLICATE_ROWS: duplicate_rows,
    Rule.CASTS: casts,
    Rule.SNAKE_CASE: snake_case,
}


def _changed(before: pl.Series, after: pl.Series) -> pl.Series:
    """Compared without a name, which polars' own look-up may take for a pattern (`^a|b$`)."""
    return before.alias("").ne_missing(after)


def differences(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, int]:
    """Column -> how many of its cells differ, where some do."""
    changed = [name for name in before.columns if not before[name].equals(after[name])]
    return {name: int(_changed(before[name], after[name]).sum()) for name in changed}


def first_changes(before: pl.Series, after: pl.Series) -> list[Change]:
    """The first cells that differ, as they were and are."""
    changed = _changed(before, after)
    first = (cells.filter(changed).head(LOOKED_AT).to_list() for cells in (before, after))
    return list(zip(*first, strict=True))


def told(change: Change) -> str:
    old, new = change
    return f"{_shown(old)} -> {_shown(new)}"


def _shown(cell: str | None) -> str:
    if cell is None:
        return "null"
    return f'"{cell if len(cell) <= SHOWN else cell[:SHOWN] + "…"}"'
