"""The figures of a column over all chunks, and which of them are not exact."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from activities.agents.data_processor.columns import INFINITE, iso
from activities.agents.data_processor.figures import figure, percentile
from activities.agents.data_processor.patterns import as_patterns
from activities.agents.data_processor.streamed.accounts import Account
from activities.agents.data_processor.streamed.distribution import (
    Count,
    Distribution,
    Quantiles,
    distribution_of,
)
from activities.agents.data_processor.streamed.kind import Verdict, decide, mixture, notes_of_integers
from activities.agents.data_processor.texts import CUT, LONGEST, shown
from fiberwise.contracts.dataset import Kind
from fiberwise.contracts.profile import Approximate, Column, Top

SHARES = {"p25": 0.25, "p50": 0.5, "p75": 0.75}
DAY_ONE, INSTANT_ONE = date(1970, 1, 1), datetime(1970, 1, 1)


class Described(NamedTuple):
    """A column, how many different values it has, and what of it is approximate."""

    column: Column
    distinct: Count
    approximate: list[Approximate]


class Found(NamedTuple):
    """Figures beyond those of every kind."""

    figures: Mapping[str, object]
    bounds: dict[str, str] = {}
    notes: list[str] = []


def describe(account: Account, rows: int) -> Described:
    verdict = decide(account.facts, account.ends or {})
    from_values = distribution_of(account)
    distinct = from_values.distinct(verdict.reading)
    found = _figures(account, verdict, from_values)
    bounds = dict(_bound(distinct)) | found.bounds
    fields = {
        "name": account.name,
        "kind": verdict.kind,
        "count": account.facts.count,
        "nulls": rows - account.facts.count,
        "distinct": distinct.estimate,
        "notes": [*verdict.notes, *found.notes],
    }
    column = Column.model_validate({**fields, **found.figures})
    approximate = [
        Approximate(column=account.name, figure=name, bound=bound) for name, bound in bounds.items()
    ]
    return Described(column, distinct, approximate)


def _figures(account: Account, verdict: Verdict, values: Distribution) -> Found:
    match verdict.kind:
        case Kind.INTEGER | Kind.NUMBER:
            return _numbers(account, verdict.kind, values.quantiles(verdict.reading))
        case Kind.BOOLEAN:
            return Found({"true_count": account.facts.true})
        case Kind.DATE | Kind.DATETIME:
            low, high = (account.ends or {})[verdict.reading]
            shown = (iso(_moment(verdict.kind, end), verdict.in_utc) for end in (low, high))
            return Found(dict(zip(("min", "max"), shown, strict=True)))
        case Kind.TEXT:
            return _texts(account, values)


def _numbers(account: Account, kind: Kind, quantiles: Quantiles) -> Found:
    low, high = (end for end in (account.ends or {})[kind] if not isinstance(end, str))
    sums = account.integers if kind is Kind.INTEGER else account.numbers
    mean, std = sums.moments(low, high)
    middle = {name: _quantile(quantiles, share, kind) for name, share in SHARES.items()}
    figures = {"min": low, "max": high, "mean": mean, "std": std} | middle
    notes = notes_of_integers(low, high) if kind is Kind.INTEGER else []
    if kind is Kind.NUMBER and (sums.plus or sums.minus):
        notes = [INFINITE]
    bounds = dict.fromkeys(SHARES, _off_by(quantiles.slack, account.facts.count)) if quantiles.slack else {}
    return Found({name: figure(value) for name, value in figures.items()}, bounds, notes)


def _quantile(quantiles: Quantiles, share: float, kind: Kind) -> float | None:
    """Of integers an integer where it is one, as it would be of the whole column."""
    found = percentile(quantiles.ranked, share)
    whole = kind is Kind.INTEGER and isinstance(found, float) and found.is_integer() and quantiles.slack
    return int(found) if whole and found is not None else found


def _texts(account: Account, values: Distribution) -> Found:
    facts = account.facts
    if not facts.count:
        return Found({"top": []})
    most, error = values.top()
    top = [Top(value=shown(text), count=count) for text, count in most]
    figures = {"top": top, "min_length": facts.shortest, "max_length": facts.longest}
    extra = {"patterns": as_patterns(facts.patterns, facts.count), "mixed": mixture(facts)}
    bound = f"counts may be up to {error:,} too low, and values that occur so often be left out"
    notes = [CUT] if any(len(text) > LONGEST for text, _ in most) else []
    return Found({**figures, **extra}, {"top": bound} if error else {}, notes)


def _moment(kind: Kind, end: object) -> date | None:
    if not isinstance(end, int):
        return None
    if kind is Kind.DATE:
        return DAY_ONE + timedelta(days=end)
    return INSTANT_ONE + timedelta(microseconds=end)


def _bound(distinct: Count) -> Iterator[tuple[str, str]]:
    if not distinct.exact:
        yield "distinct", f"between {distinct.low:,} and {distinct.high:,} (three standard errors)"


def _off_by(slack: int, count: int) -> str:
    """Interpolation may take the neighbour of a value that is off."""
    share = (slack + 1) / count
    return f"its rank is off by at most {slack + 1:,} of {count:,} values ({share:.3%})"
