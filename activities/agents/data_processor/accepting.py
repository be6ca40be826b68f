"""The cleaning rules of a run: those that it was given, else those that a person accepted for its source."""

from typing import NamedTuple

from pydantic import ValidationError

from fiberwise.contracts.cleaning import Accepted, Cleaning, Transform
from fiberwise.contracts.remembered import Decision
from fiberwise.runtime.recalling import recall


class Decided(NamedTuple):
    """What is to be done, whose decision that was, and why none could be looked up."""

    cleaning: Cleaning
    accepted: Accepted | None = None
    trouble: str = ""

    def told(self, done: Transform) -> Transform:
        """The result, which says so; as it is where nothing was remembered."""
        if self.trouble:
            return done.model_copy(update={"not_recalled": self.trouble})
        return done.model_copy(update={"accepted": self.accepted}) if self.accepted else done


async def decide(cleaning: Cleaning) -> Decided:
    """Call it in the body of a step: what it recalls is a part of the key under which the result is kept."""
    asked = cleaning.recalls
    if asked is None:
        return Decided(cleaning)
    recalled = await recall(asked.source)
    newest = recalled.of(asked.agent).newest(asked.part)
    if newest is None:
        return Decided(cleaning, trouble=recalled.trouble)
    try:
        rules = Decision.model_validate(newest.value).rules
    except ValidationError:  # a rule of another version
        return Decided(cleaning, trouble="the accepted rules are none of those that this version knows")
    accepted = Accepted(rules=rules, at=newest.at, execution_id=newest.execution_id, by=newest.by)
    return Decided(cleaning.model_copy(update={"rules": rules}), accepted)
