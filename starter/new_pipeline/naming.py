"""What a pipeline is called, in each way in which code, files and people say it."""

import re
from dataclasses import dataclass
from keyword import iskeyword

from fiberwise.contracts.errors import BadInput
from fiberwise.pipeline.streaming import STREAM

KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST = 40


@dataclass(frozen=True)
class Called:
    """`row-count`, of which the module is `row_count` and the class `RowCountPipeline`. Raises BadInput."""

    name: str

    def __post_init__(self) -> None:
        if wrong := self._wrong():
            hint = "small letters, digits and hyphens, a letter first: row-count"
            raise BadInput(f"`{self.name[: 2 * LONGEST]}` {wrong}", where="NAME", hint=hint)

    def _wrong(self) -> str:
        if not KEBAB.fullmatch(self.name):
            return "is no name of a pipeline"
        if len(self.name) > LONGEST:
            return f"is longer than {LONGEST} characters"
        if iskeyword(self.module):
            return "is a word of Python's own: no module can have it for its name"
        return "is the name of what carries a stream" if self.name == STREAM else ""

    @property
    def module(self) -> str:
        return self.name.replace("-", "_")

    @property
    def title(self) -> str:
        return "".join(part.capitalize() for part in self.name.split("-"))

    def instead_of(self, other: "Called", text: str) -> str:
        """The text with this name in place of another, in each of its ways."""
        for theirs, ours in (
            (other.name, self.name),
            (other.module, self.module),
            (other.title, self.title),
        ):
            text = text.replace(theirs, ours)
        return text
