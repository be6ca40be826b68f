"""Column names in snake_case."""

import re
from collections.abc import Container, Iterable
from itertools import count

HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
OTHER = re.compile(r"[\W_]+")


def snake_case(name: str) -> str:
    """`Culmen Length (mm)` -> `culmen_length_mm`; empty of a name without a letter or digit."""
    return OTHER.sub("_", HUMP.sub("_", name).lower()).strip("_")


def clean_names(names: Iterable[str]) -> list[str]:
    """Each in snake_case, `column_N` for an empty one; `_2`, `_3`… where a column to the left has the name."""
    clean: dict[str, None] = {}
    for position, name in enumerate(names, 1):
        clean[free_name(snake_case(name) or f"column_{position}", clean)] = None
    return list(clean)


def free_name(name: str, taken: Container[str]) -> str:
    """The name itself, or with the first number from 2 on that makes it free."""
    if name not in taken:
        return name
    return next(free for n in count(2) if (free := f"{name}_{n}") not in taken)
