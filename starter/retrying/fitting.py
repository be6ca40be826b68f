"""Which results of an execution are good for the one that carries it on."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.options import Taken
from fiberwise.pipeline.anatomy import Anatomy
from starter.retrying.history import Done


def check_step(pipeline: Anatomy, name: str) -> None:
    """Raises BadInput for the name of no step."""
    names = [step.name for step in pipeline.steps]
    if name and name not in names:
        hint = f"there are: {', '.join(names)}"
        raise BadInput(f"`{name}` is no step of {pipeline.name}", where="--from", hint=hint)


def good(pipeline: Anatomy, done: Done, from_step: str) -> tuple[Taken, ...]:
    """Results of steps in the version that is declared now; with `from_step`, of what did not come after it."""
    versions = {step.name: step.version for step in pipeline.steps}
    kept = _before(done, from_step) if from_step else done.taken.values()
    return tuple(one for one in kept if versions.get(one.step) == one.version)


def met_first(pipeline: Anatomy, done: Done, taken: Iterable[Taken]) -> tuple[Taken, ...]:
    """Those that began before any failed step had ended: what came later may hang on it, which is done again."""
    gave = {step for step, _ in done.taken} | {step.name for step in pipeline.steps if step.undo}
    failed = min((time for step, time in done.ended.items() if step not in gave), default=None)
    return tuple(one for one in taken if failed is None or (one.began and one.began < failed))


def _before(done: Done, step: str) -> Iterable[Taken]:
    """All, for a step that was never reached. Times tell side by side from one after the other."""
    ended = min(_ends(done, step), default=None)
    for one in done.taken.values():
        if ended is None or (one.step != step and one.began and one.began < ended):
            yield one


def _ends(done: Done, step: str) -> Iterator[datetime]:
    if step in done.ended:
        yield done.ended[step]
    yield from (one.ended for one in done.taken.values() if one.step == step and one.ended)
