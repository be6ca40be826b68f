"""What agents remember of a data source from one execution to the next, and how it is put together."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from pydantic import AwareDatetime, JsonValue

from fiberwise.contracts.payload import Payload

FORMAT = 1
"""Of `State`. A memory of a newer one is left alone: neither read nor written."""

PROCESSOR, TESTER = "DataProcessorAgent", "AdvancedTestAgent"
AGENTS = (PROCESSOR, TESTER)
Part = Literal["profile", "decision", "judgement"]
PARTS: Mapping[str, tuple[Part, ...]] = {PROCESSOR: ("profile", "decision"), TESTER: ("judgement",)}
"""What each agent learns by itself; notes of a person stand beside it."""

KEPT = 5
"""So many of each part are kept, the newest first."""

LONGEST_SOURCE, LONGEST_NOTE, MOST_NOTES = 500, 1000, 40


class Learnt(Payload):
    """One part of what an execution has to remember. It travels with the final record."""

    agent: str
    source: str
    part: Part
    value: dict[str, JsonValue]


class Remembered(Payload):
    """One part as it is kept: since when, of which execution, or by which person."""

    at: AwareDatetime
    execution_id: str = ""
    by: str = ""
    value: dict[str, JsonValue]

    @property
    def version(self) -> str:
        """Changes with what is remembered: a part of the key of what hangs on it."""
        return f"{self.at.isoformat()} {self.execution_id or self.by}"


class Note(Payload):
    """What a person wants to be told with the findings on a source. `id` is unique within its memory."""

    id: int
    at: AwareDatetime
    by: str = ""
    text: str


class State(Payload):
    """Each part newest first. What ended up to `forgotten_at` does not come back, however late its record is."""

    parts: dict[Part, list[Remembered]] = {}
    notes: list[Note] = []
    forgotten_at: AwareDatetime | None = None

    @property
    def empty(self) -> bool:
        return not self.notes and not any(self.parts.values())

    def newest(self, part: Part, other_than: str = "") -> Remembered | None:
        """The newest of a part, or the newest that is not of one execution."""
        kept = self.parts.get(part, [])
        return next((one for one in kept if not other_than or one.execution_id != other_than), None)

    def with_part(self, part: Part, new: Remembered) -> "State":
        """The same in any order, and however often: the newest of an execution stands, the oldest are let go."""
        if self.forgotten_at and new.at <= self.forgotten_at:
            return self
        by_maker: dict[str, Remembered] = {}
        for one in [*self.parts.get(part, []), new]:
            known = by_maker.get(one.execution_id or one.version)
            if known is None or one.at > known.at:
                by_maker[one.execution_id or one.version] = one
        kept = sorted(by_maker.values(), key=lambda one: (one.at, one.execution_id), reverse=True)[:KEPT]
        return self.model_copy(update={"parts": {**self.parts, part: kept}})

    def with_learnt(self, learnt: Iterable[Learnt], at: AwareDatetime, execution_id: str) -> "State":
        """With what an execution that ended `at` has learnt."""
        state = self
        for one in learnt:
            state = state.with_part(one.part, Remembered(at=at, execution_id=execution_id, value=one.value))
        return state


class Memory(Payload):
    """What one agent remembers of one source. `revision` counts its changes; `execution_id` made the last one.

    `unreadable` says why `state` is not told: of a newer format, or damaged.
    """

    agent: str
    source: str
    format: int
    revision: int
    updated_at: AwareDatetime
    execution_id: str = ""
    bytes: int = 0
    state: State = State()
    unreadable: str = ""


class Recall(NamedTuple):
    """What a step's work hangs on beside its input: this part of an agent's memory of a source."""

    agent: str
    source: str
    part: Part


class Recollection(Payload):
    """All that is remembered of a source, by agent. `trouble` says why some or all of it could not be recalled."""

    states: dict[str, State] = {}
    trouble: str = ""

    def of(self, agent: str) -> State:
        return self.states.get(agent, State())

    def version(self, asked: Recall) -> str:
        """Of what is recalled now; empty where nothing is remembered."""
        newest = self.of(asked.agent).newest(asked.part)
        return newest.version if newest else self.trouble


def source_name(name: str | None) -> str:
    """The name under which a source is remembered; empty for one that has none, or none that fits a table."""
    name = (name or "").strip()
    unnamed = name in ("", "-", "standard input") or "\0" in name
    return "" if unnamed or len(name) > LONGEST_SOURCE else name
