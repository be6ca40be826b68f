"""What `transform` is asked and what it did: each rule is declared here, and counted where it acted."""

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from fiberwise.contracts.dataset import NULL_TOKENS, Artifact, Dataset, SetAside
from fiberwise.contracts.memory import PROCESSOR, Recall
from fiberwise.contracts.payload import Payload, Volume, added


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
    rules_given: Literal[True] | None = added("a person chose the rules, though they are the default ones")

    @property
    def chosen(self) -> bool:
        """Whether a person chose the rules: then none that were accepted earlier stand in for them."""
        return bool(self.rules_given) or self.rules != tuple(Rule)

    @property
    def recalls(self) -> Recall | None:
        """What the result hangs on beside this input."""
        source = "" if self.chosen else self.dataset.remembered_as
        return Recall(PROCESSOR, source, "decision") if source else None

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


class Accepted(Payload):
    """Rules that a person accepted for a source: since when, and in which execution or by whom."""

    rules: tuple[Rule, ...]
    at: AwareDatetime
    execution_id: str = ""
    by: str = ""


class Transform(Payload):
    """Result of `transform`: rows_in = rows_out + set_aside.rows."""

    rows_in: int
    rows_out: int
    rules: list[RuleCount]
    output: CleanedTable
    set_aside: SetAside = SetAside()
    duplicate_rows: int = 0
    accepted: Accepted | None = added("earlier accepted rules, used since the request gives none")
    not_recalled: str | None = added("why nobody could tell whether rules were accepted earlier")

    @property
    def volume(self) -> Volume:
        return self.output.volume

    @property
    def about(self) -> str:
        changed = sum(rule.count for rule in self.rules if rule.unit == "cells")
        return f"{self.rows_in:,} rows in, {self.rows_out:,} out, {changed:,} cells changed"


class Plan(Payload):
    """What only all chunks together tell, before any of them is cleaned.

    `casts` is a file with a line of JSON for each column that is cast; `repeats` one with a line for each chunk that
    has rows to take out, since they repeat one above (None: no chunk has); `first_repeats` shows the first of them.
    `unknown` are the numbers of the chunks that are not in it: they cannot be cleaned by it.
    """

    rules: tuple[Rule, ...]
    casts: Artifact
    repeats: Artifact | None = None
    repeated_rows: int = 0
    first_repeats: tuple[str, ...] = ()
    unknown: tuple[int, ...] = ()
    accepted: Accepted | None = added("earlier accepted rules, used since the request gives none")
    not_recalled: str | None = added("why nobody could tell whether rules were accepted earlier")

    @property
    def about(self) -> str:
        return f"{self.repeated_rows:,} duplicate rows"
