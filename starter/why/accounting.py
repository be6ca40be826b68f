"""From what is known of a run to the account of it."""

from fiberwise.contracts.why import Account, Origin
from starter.why.advice import advice, held
from starter.why.calls import calls_of
from starter.why.difference import difference
from starter.why.facts import Facts
from starter.why.reach import cut_off, unreached
from starter.why.took import took
from starter.why.troubles import troubles


def account(facts: Facts) -> Account:
    """Pure: the same facts give the same account."""
    seen = facts.seen
    calls = calls_of(facts.log, seen.pending)
    wrong = troubles(facts, calls)
    return Account(
        execution_id=seen.execution_id,
        workflow_id=seen.workflow_id,
        pipeline=seen.pipeline,
        status=seen.status,
        outcome=seen.outcome,
        phase=seen.phase,
        told_at=facts.now,
        started_at=seen.started_at,
        completed_at=seen.completed_at,
        reasons=seen.reasons,
        produced_by=facts.produced_by,
        completeness=facts.completeness,
        origin=facts.origin,
        why_pipeline=_why_pipeline(facts.origin),
        troubles=wrong,
        held=held(facts),
        cut_off=cut_off(facts, calls),
        unreached=unreached(facts, calls, wrong),
        took=took(facts, calls),
        difference=difference(facts, wrong),
        advice=advice(facts, wrong),
        unknown=facts.unknown,
    )


def _why_pipeline(origin: Origin) -> str:
    if origin.fallback_of:
        return f"it is the fallback of {origin.fallback_of}: {origin.fell_for or 'that one failed'}"
    if origin.retry_of:
        return f"it carries on {origin.retry_of}"
    if origin.rerun_of:
        return f"it repeats {origin.rerun_of}"
    return "it was asked for by its name"
