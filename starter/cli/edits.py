"""From `--set PATH=VALUE` and JSON to the fields of a waiting step's input as they are to be."""

from collections.abc import Mapping, Sequence
from typing import cast

from pydantic import JsonValue

from fiberwise.contracts.controls import Waiting
from starter.requests import with_changes

Fields = dict[str, JsonValue]


def changed_fields(base: JsonValue, given: Mapping[str, JsonValue], changes: Sequence[str]) -> Fields:
    """Whole fields, the only ones that a run can change: `base` is the input, into which a path may reach.

    Raises BadInput for a change that is no PATH=VALUE.
    """
    known = cast(Fields, base) if isinstance(base, dict) else {}
    whole = with_changes({**known, **given}, changes)
    touched = (change.partition("=")[0].partition(".")[0] for change in changes)
    return {name: whole[name] for name in (*given, *touched)}


def only(waiting: Sequence[Waiting], kind: str, step: str) -> Waiting | None:
    """The one that is meant: None where there is none, or several, which the run then says."""
    fits = [one for one in waiting if one.kind == kind and is_meant(one, step)]
    return fits[0] if len(fits) == 1 else None


def is_meant(one: Waiting, step: str) -> bool:
    """By a step's name, by `extract#2` for its second call, or by nothing."""
    return step in ("", one.step, f"{one.step}#{one.call}")
