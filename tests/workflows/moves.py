"""What can come to a run from outside: controls, asked blindly or by one who has looked; a cancel; time."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st

from fiberwise.contracts.controls import Waiting
from fiberwise.contracts.execution import Progress


@dataclass(frozen=True)
class Ask:
    """An update, sent so many times at once under one request id."""

    kind: str
    asked: dict[str, Any] = field(default_factory=dict[str, Any])
    times: int = 1
    request_id: str = field(default="", repr=False)

    @property
    def sent(self) -> dict[str, Any]:
        return {"by": "ann", **self.asked, "request_id": self.request_id}

    def named(self) -> "Ask":
        """The same as a request of its own."""
        return replace(self, request_id=uuid4().hex)


@dataclass(frozen=True)
class Answer:
    """One of the asks that made sense when the run was last looked at."""

    which: int
    times: int


@dataclass(frozen=True)
class Cancel:
    times: int


@dataclass(frozen=True)
class Skip:
    """So much time passes, as far as nothing is under way."""

    days: int


Move = Ask | Answer | Cancel | Skip


def sensible(looked: Progress) -> list[Ask]:
    """What a person may ask of a run that stands so."""
    steering = Ask("resume" if is_paused(looked) else "pause")
    return [*(ask for waiting in looked.waiting for ask in _answers(waiting)), steering]


def is_paused(looked: Progress) -> bool:
    steered = [one.kind for one in looked.controls if one.kind in ("pause", "resume")]
    return steered[-1:] == ["pause"]


def _answers(waiting: Waiting) -> Iterator[Ask]:
    for done in waiting.may:
        asked = {"step": waiting.step, "call": waiting.call}
        if waiting.kind == "waiting_approval":
            yield Ask(done, asked)
        else:
            yield Ask("repair", {"action": done, **GIVEN.get(done, {}), **asked})


GIVEN: dict[str, dict[str, Any]] = {
    "edit": {"input": {"script": []}},
    "give": {"result": {"text": "by hand"}},
}
BLIND = [
    Ask("pause"),
    Ask("resume"),
    Ask("approve"),
    Ask("approve", {"by": "eve"}),
    Ask("approve", {"input": {"script": ["break"]}}),
    Ask("reject"),
    Ask("repair", {"action": "retry"}),
    Ask("repair", {"action": "edit"}),
    Ask("repair", {"action": "give", "result": {"rows": 3}}),
    Ask("repair", {"action": "skip", "step": "left"}),
]
times = st.sampled_from([1, 1, 2])
answers = st.builds(Answer, st.integers(0, 9), times)
moves: st.SearchStrategy[Move] = st.one_of(
    answers,
    answers,
    answers,
    st.sampled_from(BLIND),
    st.builds(Skip, st.sampled_from([1, 4, 8])),
    st.builds(Cancel, times),
)
scripts = st.sampled_from(
    [[], ["doze"], ["break"], ["break"], ["error"], ["doze", "break"], ["end when cancelled"]]
)
