"""The id of an activity of a step, which says of which call it is and in what role: everybody reads it here."""

from typing import NamedTuple

ROLES = ("instead", "undo")
"""What stands in for a step, and what undoes it: a fault may be asked for in each."""


class ActivityId(NamedTuple):
    """`extract#1.2`: the second round of the first call of `extract`. `call` is 0 in an id that is not ours.

    Other roles than a round are `instead`, `undo`, and `cut`, which cuts the data of a step that streams. In a stream
    `call` is the number of the chunk, from 1, and 0 where the parts of all chunks are put together.
    """

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
