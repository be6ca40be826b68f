"""An account in sentences, section by section: the same for a terminal and for a page."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.why import Account, Changed, Difference, Leg, Origin, Took, Trouble, Try
from starter.amounts import duration
from starter.why.stamps import at
from starter.why.troubles import FROM_OUTSIDE

Tone = Literal["", "note", "good", "poor", "bad"]
SPENT = {
    "run_ms": "steps ran",
    "queue_ms": "waiting for a worker",
    "limit_ms": "held by a limit",
    "backoff_ms": "backing off",
    "person_ms": "waiting for a person",
    "lost_ms": "until a dead worker was noticed",
    "other_ms": "between steps",
}
TRIGGERS = {
    "cli": "from the command line",
    "api": "by a program",
    "fallback": "as a fallback",
    "unknown": "from outside FiberWise (Web UI, `temporal`, a schedule)",
}
TOLD_BY_MESSAGE = (*FROM_OUTSIDE, "Skipped", "Rejected", "AttemptLost")
LONGEST = 240  # characters of what an error says; the log has all of it
MOST = 3  # troubles that are told in full
MOST_LEGS, MOST_FIELDS, MOST_GROUPS = 8, 5, 4
LEAST_WAIT = 100  # ms: a shorter one is the time that anything takes


class Line(NamedTuple):
    """A sentence; `depth` says how far it belongs to the line above it, `command` what to type for it."""

    text: str
    tone: Tone = ""
    depth: int = 0
    command: str = ""


class Section(NamedTuple):
    title: str
    lines: list[Line]


def sections(account: Account) -> list[Section]:
    """Each part that there is something to say of, in the order in which a person asks."""
    decisive = [one for one in account.troubles if one.decisive]
    mended = [one for one in account.troubles if not one.decisive]
    parts = {
        "Asked for": _asked(account.origin),
        "Pipeline": [Line(f"{account.pipeline}, since {account.why_pipeline}")],
        "Waits": [Line(_held(one.step, one.what), "poor") for one in account.held[:MOST]],
        "First cause": [line for one in decisive[:1] for line in _trouble(one)],
        "Also failed": [line for one in decisive[1:MOST] for line in _trouble(one)],
        "Mended itself": [line for one in mended[:MOST] for line in _trouble(one)],
        "Besides": [Line(_cut(reason), "poor") for reason in _other_reasons(account)[:MOST]],
        "Cut off": [Line(", ".join(account.cut_off), "poor")] if account.cut_off else [],
        "Not reached": _unreached(account),
        "Took": _took(account.took),
        "Last good": _difference(account),
        "Do": [Line(one.what, command=one.command) for one in account.advice],
        "Not known": [Line(one, "note") for one in account.unknown],
    }
    return [Section(title, lines) for title, lines in parts.items() if lines]


def heading(account: Account) -> str:
    """How it ended, or where it stands, in a few words."""
    took = duration(account.took.total_ms)
    if account.outcome is None:
        return f"{account.phase.replace('_', ' ')}, started {took} ago"
    whole = "" if account.completeness in (None, 1.0) else f", {account.completeness:.0%} of its steps done"
    return f"{account.outcome.replace('_', ' ')} after {took}{whole}"


def _asked(origin: Origin) -> list[Line]:
    how = TRIGGERS.get(origin.trigger, origin.trigger)
    by = f"by {origin.user}, {how}" if origin.user else how
    lines = [Line(_cut(f"{by}: {origin.source}" if origin.source else by))]
    if origin.key:
        lines.append(Line(f"under the key {origin.key}", "note"))
    lines += [
        Line(f"a fault was ordered, to try it out: {step}={kind}", "poor")
        for step, kind in origin.faults.items()
    ]
    return lines


def _held(step: str, what: str) -> str:
    return f"{step} {what}" if step else what


def _trouble(one: Trouble) -> Iterator[Line]:
    name = f"{one.step}#{one.call}" if one.call > 1 else one.step
    where = f" [{one.cause.where}]" if one.cause.where and one.cause.where not in one.cause.message else ""
    yield Line(_cut(f"{name}: {_said(one.cause)}{where}" if name else _said(one.cause)), "bad")
    groups = [list(group) for _, group in groupby(_wrong(one.tries), key=_kind)]
    for group in groups[:MOST_GROUPS]:
        yield Line(_tried(group, one.cause), "note", 1)
    if len(groups) > MOST_GROUPS:
        yield Line(f"… and {sum(map(len, groups[MOST_GROUPS:]))} more attempts", "note", 1)
    if one.became:
        yield Line(f"→ {one.became}", depth=1)


def _other_reasons(account: Account) -> list[str]:
    """Why a result is not whole, beside steps that failed: rows that were set aside, say."""
    told = [one.step or one.cause.message for one in account.troubles]
    return [
        reason
        for reason in account.reasons
        if not any(reason.startswith(one) or reason in one for one in told)
    ]


def _wrong(tries: Sequence[Try]) -> list[Try]:
    return [one for one in tries if one.status in ("failed", "lost")]


def _kind(one: Try) -> tuple[str, str]:
    return one.status, _said(one.error) if one.error else ""


def _tried(group: Sequence[Try], cause: Failure) -> str:
    """`attempts 1 to 3 failed, the last at … after 2.0 s: TimeoutError: …`; the cause is not told again."""
    first, last = group[0], group[-1]
    span = " and " if len(group) == 2 else " to "
    which = f"attempts {first.attempt}{span}{last.attempt}" if len(group) > 1 else f"attempt {first.attempt}"
    how = "failed" if last.status == "failed" else ("were lost" if len(group) > 1 else "was lost")
    moment = last.ended_at or last.started_at
    when = f"{', the last' if len(group) > 1 else ''} at {at(moment)}" if moment else ""
    ran = (last.ended_at - last.started_at) if last.ended_at and last.started_at else None
    took = f" after {duration(ran.total_seconds() * 1000)}" if ran is not None else ""
    other = last.error if last.error and _said(last.error) != _said(cause) else None
    final = ", and is not retried" if last.error and not last.error.retryable else ""
    return _cut(f"{which} {how}{when}{took}" + (f": {_said(other)}" if other else "") + final)


def _said(failure: Failure) -> str:
    return failure.message if failure.type in TOLD_BY_MESSAGE else f"{failure.type}: {failure.message}"


def _unreached(account: Account) -> list[Line]:
    names: dict[str, list[str]] = {}
    for one in account.unreached:
        names.setdefault(one.because, []).append(one.step)
    return [Line(f"{', '.join(steps)}: {because}") for because, steps in names.items()]


def _took(took: Took) -> list[Line]:
    spent = {said: getattr(took, name) for name, said in SPENT.items()}
    parts = [f"{said} {duration(ms)}" for said, ms in spent.items() if ms >= 1]
    lines = [Line(f"{duration(took.total_ms)} in all: {' · '.join(parts)}")]
    legs = [_leg(leg) for leg in took.path]
    more = [f"… {len(legs) - MOST_LEGS} more"] if len(legs) > MOST_LEGS else []
    if legs:
        lines.append(Line(f"it waited for {' → '.join([*legs[:MOST_LEGS], *more])}", "note"))
    return lines


def _leg(leg: Leg) -> str:
    """`extract 3 ms (backing off 2.0 s)`: beside the run, what took longer than it."""
    waits = {said: getattr(leg, name) for name, said in SPENT.items() if name not in ("run_ms", "other_ms")}
    said, ms = max(waits.items(), key=lambda one: one[1])
    more = f" ({said} {duration(ms)})" if ms > max(leg.run_ms, LEAST_WAIT) else ""
    return f"{leg.step} {duration(leg.run_ms)}{more}"


def _difference(account: Account) -> list[Line]:
    found = account.difference
    if found is None:
        return [Line("no earlier run of this pipeline on this source went well", "note")]
    took = f", which took {duration(found.took_ms)}" if found.took_ms is not None else ""
    lines = [Line(f"{found.execution_id[:8]} of {at(found.started_at)}{took}"), *_inputs(found)]
    changed = [f"{one.field.replace('_', ' ')} {one.before} → {one.now}" for one in found.versions]
    return lines + ([Line(f"since then: {', '.join(changed)}", "poor")] if changed else [])


def _inputs(found: Difference) -> Iterator[Line]:
    if found.step:
        yield Line(f"{found.step} is the first step whose input differs from what it was then", "poor")
        yield from (Line(_changed(one), "note", 1) for one in found.changed[:MOST_FIELDS])
        if not found.changed:
            yield Line("in what the log's short summaries leave out", "note", 1)
    elif found.compared:
        until = f" up to {found.until}" if found.until in found.compared else ""
        yield Line(f"every step{until} had the same input then")
    else:
        yield Line("none of its steps can be compared", "note")


def _changed(one: Changed) -> str:
    values = (
        f": {one.before or 'nothing'} → {one.now or 'nothing'}" if one.before or one.now else " has changed"
    )
    return f"{one.field}{values}"


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
