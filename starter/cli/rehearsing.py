"""What `rehearse` does: plays every fault in every step, shows how far it is, and prints the card."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from fiberwise.contracts.rehearsal import ResilienceCard, Trial
from fiberwise.runtime.settings import Settings
from starter.cli.terminal import answer, answer_json, tell
from starter.rehearsal.card import as_markdown, put
from starter.rehearsal.stage import stage
from starter.rehearsal.trials import rehearse
from starter.requests import checked, pipeline_named
from starter.starts import Ordered, taken_in


async def show(settings: Settings, name: str, data: Sequence[str], page: Path | None, as_json: bool) -> int:
    """All in a temporary folder: neither the stack nor its records know of it."""
    with tempfile.TemporaryDirectory(prefix="fiberwise-rehearsal-") as folder:
        apart = settings.model_copy(
            update={"home": Path(folder), "artifacts": "", "database": "", "published": None}
        )
        card = await played(apart, name, data)
    if page:
        put(page, card)
        tell(f"the card is in {page}")
    if as_json:
        answer_json(card)
    else:
        answer(as_markdown(card))
    return 0


async def played(settings: Settings, name: str, data: Sequence[str]) -> ResilienceCard:
    """The card of a pipeline, on its default request and one for each data set."""
    orders = [await ordered(settings, name, fields) for fields in ({}, *({"data": one} for one in data))]
    async with stage(settings) as client:
        return await rehearse(client, settings, orders, _tell)


async def ordered(settings: Settings, name: str, fields: dict[str, str]) -> Ordered:
    pipeline = pipeline_named(name)
    order = Ordered(pipeline, checked(pipeline, fields), trigger="rehearsal", no_cache=True, rehearsal=True)
    return await taken_in(order, settings)


def _tell(trial: Trial) -> None:
    tell(f"{trial.step} · {trial.fault}: {trial.outcome}, {trial.attempts} attempts, {trial.seconds:g} s")
