"""What `transform` is asked and what it did: each rule is declared here, and counted where it acted."""

from enum import StrEnum
from typing import Literal

from fiberwise.contracts.dataset import NULL_TOKENS, Artifact, Dataset, SetAside
from fiberwise.contracts.payload import Payload, Volume


class Rule(StrEnum):
    """The cleaning rules, in the order in which they run."""

    TRIM = "trim"
    NULL_TOKENS = "null_tokens"
    EMPTY_ROWS = "empty_rows"
    DUPLICATE_ROWS = "duplicate_rows"
    CASTS = "casts"
    SNAKE_CASE = "snake_case"


class Cleaning(Payload):
    """Input of `transform`: which rules to run (their order is fixed)."""

    dataset: Dataset
    null_tokens: tuple[str, ...] = NULL_TOKENS
    rules: tuple[Rule, ...] = tuple(Rule)

    @property
    def volume(self) -> Volume:
        return self.dataset.volume

    @property
    def about(self) -> str:
        return self.dataset.about


class RuleCount(Payload):
    """How many cells or rows a rule changed, in which column (None: rows, or column names), with examples."""

    rule: Rule
    column: str | None
    count: int
    unit: Literal["cells", "rows", "columns"]
    examples: list[str] = []


class CleanedTable(Artifact):
    """The cleaned data set, as Parquet."""

    rows: int

    @property
    def volume(self) -> Volume:
        return Volume(self.rows, self.bytes)


class Transform(Payload):
    """Result of `transform`: rows_in = rows_out + set_aside.rows."""

    rows_in: int
    rows_out: int
    rules: list[RuleCount]
    output: CleanedTable
    set_aside: SetAside = SetAside()
    duplicate_rows: int = 0

    @property
    def volume(self) -> Volume:
        return self.output.volume

    @property
    def about(self) -> str:
        changed = sum(rule.count for rule in self.rules if rule.unit == "cells")
        return f"{self.rows_in:,} rows in, {self.rows_out:,} out, {changed:,} cells changed"
