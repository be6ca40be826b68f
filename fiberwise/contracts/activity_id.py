"""The id of an activity of a step, which says of which call it is and in what role: everybody reads it here."""

from typing import NamedTuple

ROLES = ("instead", "undo")
"""What stands in for a step, and what undoes it; any other activity has the number of its round as its role."""


class ActivityId(NamedTuple):
    """`extract#1.2`: the second round of the first call of `extract`. `call` is 0 in an id that is not ours."""

    step: str
    call: int = 0
    role: str = ""

    @classmethod
    def read(cls, text: str) -> "ActivityId":
        step, _, rest = text.partition("#")
        call, _, role = rest.partition(".")
        return cls(step, int(call) if call.isdigit() else 0, role)

    def __str__(self) -> str:
        return f"{self.of_call}.{self.role}"

    @property
    def of_call(self) -> str:
        """The part that all rounds of a call share."""
        return f"{self.step}#{self.call}"

    @property
    def is_round(self) -> bool:
        """Whether it is the step's own activity, not what stands in for it or undoes it."""
        return self.role.isdigit()

    @property
    def undoes(self) -> bool:
        return self.role == "undo"
