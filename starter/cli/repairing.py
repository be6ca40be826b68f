"""What `repair` does: as the flags say; else it asks on a terminal, and elsewhere shows what waits."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from rich.console import Group

from fiberwise.contracts.controls import Acted, Action, Waiting
from fiberwise.contracts.errors import BadInput, Refused
from starter.cli import asking
from starter.cli.acting import Act
from starter.cli.asking import Answer
from starter.cli.documents import read_json, read_object
from starter.cli.edits import changed_fields, is_meant, only
from starter.cli.terminal import answer as show
from starter.cli.terminal import answer_json as show_json
from starter.cli.terminal import tell
from starter.cli.waiting import MEANINGS, page
from starter.client import FiberWise


@dataclass(frozen=True)
class Wish:
    """What the command line says: which run, which step of it, and by its flags what is to be done."""

    id: str
    step: str = ""
    reason: str = ""
    retry: bool = False
    edit: str | None = None
    changes: Sequence[str] = ()
    give: str | None = None
    skip: bool = False
    fall_back: bool = False

    @property
    def action(self) -> Action | None:
        """None where no flag says what to do. Raises BadInput where several do."""
        said: dict[Action, bool] = {
            "retry": self.retry,
            "edit": self.edit is not None or bool(self.changes),
            "give": self.give is not None,
            "skip": self.skip,
            "fall_back": self.fall_back,
        }
        wanted: list[Action] = [action for action, is_said in said.items() if is_said]
        if len(wanted) > 1:
            told = f"{' and '.join(wanted)} are {len(wanted)} things"
            raise BadInput(told, where="command line", hint="say one of them")
        return wanted[0] if wanted else None


def doing(wish: Wish, as_json: bool) -> Act:
    """What is to be done once the run is reached; what the flags hold is read by then. Raises BadInput."""
    if wish.action:
        return partial(_said, wish=wish, answer=_answer(wish, wish.action))
    if asking.can_ask() and not as_json:
        return partial(_asked, wish=wish)
    return partial(_shown, wish=wish, as_json=as_json)


def _answer(wish: Wish, action: Action) -> Answer:
    return Answer(
        action,
        wish.reason,
        wish.step,
        input=read_object(wish.edit, "--edit") if wish.edit is not None else None,
        result=read_json(wish.give, "--give") if wish.give is not None else None,
    )


async def _said(client: FiberWise, wish: Wish, answer: Answer) -> Acted:
    if wish.changes:
        one = only(await client.waiting(wish.id), "needs_repair", wish.step)
        fields = changed_fields(one.input if one else None, answer.input or {}, wish.changes)
        answer = replace(answer, input=fields)
    return await _repaired(client, wish, answer)


async def _asked(client: FiberWise, wish: Wish) -> Acted | None:
    """Asks again where what was answered does not fit; in a thread, since the worker may be this process."""
    while True:
        waiting = await _waiting(client, wish)
        try:
            answer = await asyncio.to_thread(asking.ask, waiting, wish.reason)
            return await _repaired(client, wish, answer) if answer else None
        except BadInput as error:
            tell(error.message)


async def _shown(client: FiberWise, wish: Wish, as_json: bool) -> Acted:
    """Raises BadInput, once what waits is shown: nobody says, nor can be asked, what to do."""
    waiting = await _waiting(client, wish)
    show_json(waiting) if as_json else show(Group(*map(page, waiting)))
    flags = dict.fromkeys(MEANINGS[action][0] for one in waiting for action in MEANINGS if action in one.may)
    raise BadInput("it has to be said what is to be done", where="command line", hint="; ".join(flags))


async def _waiting(client: FiberWise, wish: Wish) -> list[Waiting]:
    """Those that need repair, of the step that is named. Raises Refused where there are none."""
    found = await client.waiting(wish.id)
    fits = [one for one in found if one.kind == "needs_repair" and is_meant(one, wish.step)]
    if not fits:
        told = f"`{wish.step}` waits for no repair" if wish.step else "no step waits for repair"
        others = ", ".join(f"{one.step}#{one.call} is {one.kind.replace('_', ' ')}" for one in found)
        raise Refused(told, where=wish.id, hint=others)
    return fits


async def _repaired(client: FiberWise, wish: Wish, answer: Answer) -> Acted:
    return await client.repair(
        wish.id, answer.action, answer.reason, step=answer.step, input=answer.input, result=answer.result
    )
