"""How a run differs from the last one of its kind that went well."""

import json
from collections.abc import Iterable, Iterator, Sequence

from fiberwise.contracts.execution import Entry, Metadata, Versions
from fiberwise.contracts.why import Changed, Difference, Trouble
from starter.why.facts import Earlier, Facts

SHOWN = 60  # characters of a value: enough to recognise it by
Key = tuple[str, int]


def difference(facts: Facts, troubles: Sequence[Trouble]) -> Difference | None:
    """None where there is no such run. What differs after the first failure follows from it, and is left out."""
    earlier = facts.earlier
    if earlier is None:
        return None
    first = next((one for one in troubles if one.decisive and one.tries), None)
    log = list(_until(facts.log, first))
    both = [(entry, then) for entry in log if (then := _same_call(earlier, entry))]
    other = next(((entry, then) for entry, then in both if entry.input_hash != then.input_hash), None)
    return Difference(
        execution_id=earlier.execution_id,
        started_at=earlier.started_at,
        took_ms=earlier.duration_ms,
        step=other[0].step if other else "",
        until=first.step if first else "",
        compared=[entry.step for entry, _ in both],
        changed=list(_fields(*other)) if other else [],
        versions=list(_versions(facts.metadata, earlier.metadata)),
    )


def _until(log: Iterable[Entry], first: Trouble | None) -> Iterator[Entry]:
    """The first attempt of each call, up to the failure and with it."""
    seen: set[Key] = set()
    for entry in log:
        key = entry.step, entry.call
        if key not in seen:
            seen.add(key)
            yield entry
        if first and key == (first.step, first.call):
            return


def _same_call(earlier: Earlier, entry: Entry) -> Entry | None:
    """The earlier run's attempt to compare with; none for a step that works on the run itself, as an analysis does."""
    if not entry.input_hash or "execution_id" in entry.input:
        return None
    calls = (one for one in earlier.log if (one.step, one.call) == (entry.step, entry.call))
    return next((one for one in calls if one.input_hash), None)


def _fields(entry: Entry, then: Entry) -> Iterator[Changed]:
    names = dict.fromkeys([*then.input, *entry.input])
    for name in names:
        before, now = then.input.get(name), entry.input.get(name)
        if before != now and name != "…":
            yield Changed(field=name, before=_short(before), now=_short(now))


def _versions(now: Metadata, then: Metadata) -> Iterator[Changed]:
    for name in Versions.model_fields:
        before, after = getattr(then, name), getattr(now, name)
        if before and after and before != after:
            yield Changed(field=name, before=before, now=after)


def _short(value: object) -> str:
    text = "" if value is None else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
