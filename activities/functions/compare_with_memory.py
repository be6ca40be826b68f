"""Tells what has moved in a data source since the run before, by what agents remember of it."""

from temporalio import activity

from fiberwise.contracts.drift import Drift
from fiberwise.contracts.identity import execution_id_of
from fiberwise.contracts.memory import PROCESSOR, Remembered
from fiberwise.contracts.profile import Extract
from fiberwise.contracts.sensor_health import Compared, Comparison
from fiberwise.runtime.children import compute
from fiberwise.runtime.recalling import recall


@activity.defn
async def compare_with_memory(comparison: Comparison) -> Compared:
    """The step: see `drift_since`. Nothing where nothing is remembered."""
    recalled = await recall(comparison.source)
    own = execution_id_of(activity.info().workflow_id or "") if activity.in_activity() else ""
    then = recalled.of(PROCESSOR).newest("profile", own)
    drift = await compute(drift_since, then, comparison.extract) if then else None
    return Compared(drift=drift, trouble=recalled.trouble)


def drift_since(then: Remembered, now: Extract) -> Drift | None:
    """None for a profile that this version cannot read."""
    from pydantic import ValidationError

    from activities.agents.advanced_test.drift import changes, in_words
    from fiberwise.contracts.remembered import Profile, profile_of

    try:
        before = Profile.model_validate(then.value)
    except ValidationError:
        return None
    found, tests = changes(before, profile_of(now))
    return Drift(
        since=then.at,
        execution_id=then.execution_id,
        rows_before=before.rows,
        rows_now=now.rows,
        tests=tests,
        changes=found,
        text=in_words(found, tests),
    )
