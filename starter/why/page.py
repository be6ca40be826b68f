"""An account as one page of HTML that can be sent: masked, without scripts, and nothing to load from elsewhere."""

import re
from collections.abc import Iterable, Iterator
from html import escape

from fiberwise.contracts.masking import Masking
from fiberwise.contracts.why import Account, Leg, Spent, Took
from starter.amounts import duration
from starter.why.stamps import at
from starter.why.style import STYLE
from starter.why.telling import SPENT, Line, Section, heading, sections

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
AMOUNT = re.compile(r"(?<=\d) (?=(?:ms|s|min|h)\b)")
LEAST = 0.3  # percent of a bar that can still be seen


def page(account: Account) -> str:
    """The same sentences as in a terminal, and the critical path as bars."""
    shown = Masking(_own_ids(account)).model(_without_values(account))
    parts = "".join(_section(part, shown) for part in sections(shown))
    outcome = shown.outcome or shown.phase
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>Why: {escape(shown.workflow_id)}</title><style>{STYLE}</style></head><body><main>"
        f'<header><p class="note">Why did this run go as it did?</p><h1>{escape(shown.workflow_id)}</h1>'
        f'<p class="outcome {escape(outcome)}">{escape(heading(shown))}</p></header>{parts}'
        f'<footer class="note">told at {at(shown.told_at)} · what looks like an address, a long number or a '
        "secret is masked: the same mask is the same value</footer></main></body></html>\n"
    )


def _own_ids(account: Account) -> Iterator[str]:
    """The beginnings of ids that commands hold: some are all digits. Whole ids are kept by their form."""
    earlier = account.difference.execution_id if account.difference else ""
    for name in (account.execution_id, account.origin.retry_of, account.origin.rerun_of, earlier):
        yield name[:8]


def _without_values(account: Account) -> Account:
    """Which fields of an input have changed may be told, not what is in them."""
    found = account.difference
    if found is None:
        return account
    changed = [one.model_copy(update={"before": "", "now": ""}) for one in found.changed]
    return account.model_copy(update={"difference": found.model_copy(update={"changed": changed})})


def _section(part: Section, account: Account) -> str:
    body = _commands(part.lines) if any(line.command for line in part.lines) else _lines(part.lines)
    bars = _bars(account.took) if part.title == "Took" else ""
    return f"<section><h2>{escape(part.title)}</h2><div>{body}{bars}</div></section>"


def _lines(lines: Iterable[Line]) -> str:
    return "".join(f'<p class="{line.tone} depth{line.depth}">{_text(line.text)}</p>' for line in lines)


def _text(text: str) -> str:
    """A number stays on one line with its unit."""
    return AMOUNT.sub("&nbsp;", escape(text))


def _commands(lines: Iterable[Line]) -> str:
    rows = (
        f"<dt><code>{escape(line.command)}</code></dt><dd>{escape(line.text)}</dd>"
        if line.command
        else f"<dd>{escape(line.text)}</dd>"
        for line in lines
    )
    return f"<dl>{''.join(rows)}</dl>"


def _bars(took: Took) -> str:
    """A row for each call that the run waited for, as long as its share of the longest."""
    longest = max((_whole(leg) for leg in took.path), default=0.0)
    if not longest:
        return ""
    rows = "".join(_row(leg, longest) for leg in took.path)
    used = [name for name in SPENT if getattr(took, name) >= 1]
    legend = "".join(f'<li><i class="{name}"></i>{escape(SPENT[name])}</li>' for name in used)
    return f'<table class="bars">{rows}</table><ul class="legend">{legend}</ul>'


def _row(leg: Leg, longest: float) -> str:
    name = f"{leg.step}#{leg.call}" if leg.call > 1 else leg.step
    parts = "".join(
        f'<i class="{kind}" style="width:{100 * ms / longest:.2f}%" title="{escape(SPENT[kind])} {duration(ms)}"></i>'
        for kind in SPENT
        if (ms := getattr(leg, kind)) * 100 / longest >= LEAST
    )
    return f'<tr><th>{escape(name)}</th><td class="bar">{parts}</td><td class="ms">{duration(_whole(leg))}</td></tr>'


def _whole(spent: Spent) -> float:
    return sum(getattr(spent, name) for name in SPENT)
