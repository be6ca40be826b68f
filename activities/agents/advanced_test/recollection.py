"""A synthesis in the light of what is remembered: drift, rules that were accepted, notes of persons."""

from collections.abc import Iterable, Iterator, Sequence

from pydantic import ValidationError

from activities.agents.advanced_test.drift import changes, in_words
from activities.agents.advanced_test.findings import EVIDENCE, ORDER
from activities.agents.advanced_test.wording import next_steps
from fiberwise.contracts.cleaning import Accepted, Transform
from fiberwise.contracts.dataset import Figure
from fiberwise.contracts.drift import Change, Drift
from fiberwise.contracts.memory import AGENTS, PROCESSOR, TESTER, Note, Recollection, Remembered
from fiberwise.contracts.profile import Extract
from fiberwise.contracts.remembered import Judgement, Profile, profile_of
from fiberwise.contracts.synthesis import Finding, Synthesis

LISTED = 3
"""Changes in the sentence of a finding; `drift` has all of them."""

SORTS = {"gone": "columns_gone", "come": "columns_come", "kind": "kind_changed"}
SAYS = {
    "columns_gone": "Columns that the source had before are gone: {}.",
    "columns_come": "The source has columns that it had not before: {}.",
    "kind_changed": "Columns hold another kind of values than before: {}.",
    "drift": "The source has drifted beyond chance: {}.",
}


def recollected(
    synthesis: Synthesis,
    extract: Extract | None,
    transform: Transform | None,
    recalled: Recollection,
    own: str,
) -> Synthesis:
    """With what is remembered; `own` is the execution, whose earlier attempt at a record it is not compared with."""
    drift = _drift(synthesis, extract, recalled, own)
    findings = [*synthesis.findings, *_findings(drift, transform, recalled.trouble)]
    findings.sort(key=lambda finding: ORDER.index(finding.severity))
    notes = sorted(_notes(recalled), key=lambda note: note.at)
    summary = f"{synthesis.summary} {drift.text}" if drift and drift.changes else synthesis.summary
    changed = {"drift": drift, "notes": notes or None, "findings": findings, "summary": summary}
    return synthesis.model_copy(update={**changed, "next_steps": next_steps(findings, synthesis.missing)})


def _drift(synthesis: Synthesis, extract: Extract | None, recalled: Recollection, own: str) -> Drift | None:
    """None for want of a profile, now or then, or of one that this version can read."""
    then = recalled.of(PROCESSOR).newest("profile", own)
    if extract is None or then is None:
        return None
    try:
        before = Profile.model_validate(then.value)
    except ValidationError:
        return None
    found, tests = changes(before, profile_of(extract))
    drift = Drift(
        since=then.at,
        execution_id=then.execution_id,
        rows_before=before.rows,
        rows_now=extract.rows,
        tests=tests,
        changes=found,
        text=in_words(found, tests),
    )
    return _judged(drift, synthesis, recalled.of(TESTER).newest("judgement", own))


def _judged(drift: Drift, synthesis: Synthesis, then: Remembered | None) -> Drift:
    if then is None or then.execution_id != drift.execution_id:
        return drift
    try:
        before = Judgement.model_validate(then.value)
    except ValidationError:
        return drift
    now = list(dict.fromkeys(finding.kind for finding in synthesis.findings))
    changed = {
        "quality": (before.score, synthesis.quality.score),
        "findings_new": [kind for kind in now if kind not in before.findings],
        "findings_gone": [kind for kind in before.findings if kind not in now],
    }
    return drift.model_copy(update=changed)


def _findings(drift: Drift | None, transform: Transform | None, trouble: str) -> Iterator[Finding]:
    found = drift.changes if drift else []
    for kind in SAYS:
        yield from _moved(kind, [one for one in found if SORTS.get(one.what, "drift") == kind])
    if transform and transform.accepted:
        yield _reused(transform.accepted)
    if troubles := [*filter(None, (trouble, transform.not_recalled if transform else ""))]:
        text = f"The run went on without memory: {'; '.join(dict.fromkeys(troubles))}."
        yield Finding(kind="memory", severity="warning", text=text)


def _moved(kind: str, found: Sequence[Change]) -> Iterator[Finding]:
    if not found:
        return
    words = [change.text for change in found[:LISTED]]
    words += [f"{len(found) - LISTED} more"] * (len(found) > LISTED)
    evidence: dict[str, Figure] = {
        f"{change.column} {change.what}": change.p for change in found[:EVIDENCE] if change.p is not None
    }
    columns = list(dict.fromkeys(change.column for change in found))[:EVIDENCE]
    text = SAYS[kind].format("; ".join(words))
    yield Finding(kind=kind, severity="warning", columns=columns, text=text, evidence=evidence)


def _reused(accepted: Accepted) -> Finding:
    who = accepted.by or f"execution {accepted.execution_id[:8]}"
    rules = ", ".join(accepted.rules) or "none"
    text = f"Cleaned by the rules that were accepted on {accepted.at:%Y-%m-%d} ({who}): {rules}."
    return Finding(kind="accepted_rules", severity="info", text=text)


def _notes(recalled: Recollection) -> Iterable[Note]:
    return (note for agent in AGENTS for note in recalled.of(agent).notes)
