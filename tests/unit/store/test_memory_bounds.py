"""However wide a table, what is remembered of it stays small, and says what was left out."""

from datetime import UTC, datetime, timedelta

from fiberwise.contracts.dataset import Kind
from fiberwise.contracts.memory import LONGEST_NOTE, MOST_NOTES, Note, Remembered, State
from fiberwise.contracts.profile import Top
from fiberwise.contracts.remembered import MOST_COLUMNS, KeptColumn, Profile
from fiberwise.store.memory_bounds import LARGEST, trimmed

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def profile(columns: int, name: str = "c", top: int = 0) -> Profile:
    tops = [Top(value=f"{n:0>200}", count=1) for n in range(top)]
    kept = [KeptColumn(name=f"{name}{n}", kind=Kind.TEXT, count=9, top=tops) for n in range(columns)]
    return Profile(rows=9, columns=kept)


def remembered(*profiles: Profile) -> State:
    parts = [
        Remembered(at=NOW - timedelta(days=day), value=one.model_dump(mode="json", exclude_none=True))
        for day, one in enumerate(profiles)
    ]
    return State(parts={"profile": parts})


def newest(state: State) -> Profile:
    return Profile.model_validate(state.parts["profile"][0].value)


def size(state: State) -> int:
    return len(state.model_dump_json(exclude_none=True))


def test_what_fits_stays_as_it_is():
    state = remembered(profile(10), profile(10))
    assert trimmed(state) is state


def test_old_profiles_go_first():
    state = trimmed(remembered(*[profile(1000)] * 5))
    assert size(state) <= LARGEST
    assert 1 <= len(state.parts["profile"]) < 5
    assert newest(state) == profile(1000)


def test_then_frequent_values():
    state = trimmed(remembered(profile(300, top=10)))
    assert size(state) <= LARGEST
    assert (len(newest(state).columns), newest(state).left_out) == (300, 0)


def test_then_columns_and_it_says_so():
    state = trimmed(remembered(profile(MOST_COLUMNS, "c" * 500)))
    kept = newest(state)
    assert size(state) <= LARGEST
    assert kept.columns
    assert len(kept.columns) + kept.left_out == MOST_COLUMNS


def test_all_notes_that_are_allowed_fit_beside_a_profile():
    notes = [Note(id=n, at=NOW, text="ß" * LONGEST_NOTE) for n in range(MOST_NOTES)]
    state = trimmed(remembered(profile(2000, "c" * 300)).model_copy(update={"notes": notes}))
    assert len(state.model_dump_json(exclude_none=True).encode()) <= LARGEST
    assert (len(state.notes), bool(newest(state).columns)) == (MOST_NOTES, True)
