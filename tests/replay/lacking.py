"""Which forms no history is recorded of: `make replay` fails where any is missing."""

import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from tests.replay.record import FORMS, HISTORIES
from workflows import AVAILABLE_PIPELINES

USUAL = frozenset({"full", "retried", "failed", "cancelled", "worker-killed"})
HINT = "`make histories` records what is missing from real runs; tests/replay/registered_forms.py says what there is"


def lacking(
    registered: Collection[str], forms: Mapping[str, Collection[str]], recorded: Collection[str]
) -> Iterator[str]:
    """A line for each form of a pipeline that none of `recorded`, `<pipeline>/<form>` each, is of."""
    for pipeline in dict.fromkeys((*registered, *forms)):
        usual = USUAL if pipeline in registered else frozenset[str]()
        for form in sorted(usual | set(forms.get(pipeline, ()))):
            if f"{pipeline}/{form}" not in recorded:
                yield f"{pipeline} lacks the form `{form}`"


def recorded_in(folder: Path) -> list[str]:
    return [f"{file.parent.name}/{file.stem}" for file in sorted(folder.glob("*/*.json"))]


def main() -> str | None:
    found = list(lacking(AVAILABLE_PIPELINES, FORMS, recorded_in(HISTORIES)))
    return "\n".join((*found, HINT)) if found else None


if __name__ == "__main__":
    sys.exit(main())
