"""Forms that text values have: e-mails, addresses, identifiers, dates that could not be read as such."""

from collections.abc import Mapping

import polars as pl

from activities.agents.data_processor.forms import ANY_DATE
from fiberwise.contracts.profile import Pattern

PATTERNS = {
    "digits": r"^[0-9]+$",
    "date": ANY_DATE,
    "email": r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$",
    "identifier": r"^[A-Za-z]+[A-Za-z_-]*[0-9][A-Za-z0-9_-]*$",
    "url": r"^[a-z][a-z0-9+.-]*://[^\s]+$",
    "uuid": r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
}


def find_patterns(texts: pl.DataFrame) -> dict[str, list[Pattern]]:
    """Column -> the patterns that some of its values have, with the share of its values, largest first."""
    if not texts.width or not texts.height:
        return {}
    counts = texts.select(pl.all().count()).row(0, named=True)
    hits = {
        name: texts.select(pl.all().str.contains(look).sum()).row(0, named=True)
        for name, look in PATTERNS.items()
    }
    return {
        column: as_patterns({name: hits[name][column] for name in PATTERNS}, counts[column])
        for column in texts.columns
    }


def as_patterns(hits: Mapping[str, int], count: int) -> list[Pattern]:
    """Those that some of `count` values have, the most frequent first."""
    return [
        Pattern(pattern=name, share=hits[name] / count)
        for name in sorted(PATTERNS, key=lambda name: -hits[name])
        if hits[name]
    ]
