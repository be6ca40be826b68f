"""Keeps what agents remember of one source small: the oldest goes first, then what drift can do without."""

from collections.abc import Iterator

from pydantic_core import to_json

from fiberwise.contracts.memory import Part, State
from fiberwise.contracts.remembered import Profile

LARGEST = 256 * 1024
"""Bytes of JSON. Notes and all other parts fit by themselves; profiles of wide tables may not."""


def trimmed(state: State) -> State:
    """The state, or as much of it as fits: with fewer old profiles, without frequent values, with fewer columns."""
    return next((one for one in _ever_smaller(state) if _size(one) <= LARGEST), _without(state, "profile"))


def _ever_smaller(state: State) -> Iterator[State]:
    yield state
    profiles = state.parts.get("profile", [])
    for kept in range(len(profiles) - 1, 0, -1):
        yield state.model_copy(update={"parts": {**state.parts, "profile": profiles[:kept]}})
    if profiles:
        yield from _with_smaller_profile(state)


def _with_smaller_profile(state: State) -> Iterator[State]:
    newest = state.parts["profile"][0]
    profile = Profile.model_validate(newest.value)
    columns = [column.model_copy(update={"top": []}) for column in profile.columns]
    while columns:
        left_out = profile.left_out + len(profile.columns) - len(columns)
        smaller = profile.model_copy(update={"columns": columns, "left_out": left_out})
        value = smaller.model_dump(mode="json", exclude_none=True)
        kept = newest.model_copy(update={"value": value})
        yield state.model_copy(update={"parts": {**state.parts, "profile": [kept]}})
        columns = columns[: len(columns) // 2]


def _without(state: State, part: Part) -> State:
    return state.model_copy(
        update={"parts": {name: kept for name, kept in state.parts.items() if name != part}}
    )


def _size(state: State) -> int:
    return len(to_json(state.model_dump(mode="json", exclude_none=True)))
