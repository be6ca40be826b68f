"""The forms of runs that a storm starts: of every pipeline, each with what chance decides about it."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, get_args

from fiberwise.contracts.options import FaultKind
from starter.client import How
from tests.integration.cli.program import ROOT
from tests.workflows.ledgered import Manner

COMPLEX, DIGEST = "complex-multi-agent", "data-digest"
PENGUINS = str(ROOT / "examples" / "penguins.csv")
STEPS = ("generate", "extract", "transform", "synthesize", "analyze", "publish")
MANNERS: tuple[Manner, ...] = get_args(Manner)
GENTLE: tuple[FaultKind, ...] = ("fail", "fail-once", "slow", "garbage")
TURNS = ("ok", "error", "break", "doze", "nap", "long text")
FEW_SECONDS = (3.0, 20.0)


class Asked(NamedTuple):
    """What is started. Seconds of its deadline are in `deadline`, since a plan is printed; 0: none."""

    pipeline: str
    request: dict[str, Any]
    how: How = {}
    deadline: float = 0


Form = Callable[[Random, Path], Asked]


def made(chance: Random, ledger: Path) -> Asked:
    return Asked(COMPLEX, _made(chance))


def given(chance: Random, ledger: Path) -> Asked:
    return Asked(COMPLEX, _given(chance))


def equal(chance: Random, ledger: Path) -> Asked:
    """As many others: the cache has what it asks, or one of them computes it."""
    return Asked(COMPLEX, {"data": PENGUINS, "null_tokens": ["NA"]})


def streamed(chance: Random, ledger: Path) -> Asked:
    return Asked(COMPLEX, _given(chance), {"stream": True})


def faulty(chance: Random, ledger: Path) -> Asked:
    faults: dict[str, FaultKind] = {
        step: chance.choice(GENTLE) for step in chance.sample(STEPS, chance.randint(1, 2))
    }
    return Asked(COMPLEX, _made(chance), {"faults": faults})


def killing(chance: Random, ledger: Path) -> Asked:
    """Takes its worker with it, and whatever else that one does."""
    faults: dict[str, FaultKind] = {chance.choice(STEPS): "kill-worker"}
    return Asked(COMPLEX, _made(chance), {"faults": faults})


def hanging(chance: Random, ledger: Path) -> Asked:
    faults: dict[str, FaultKind] = {chance.choice(STEPS): "hang"}
    return Asked(COMPLEX, _made(chance), {"faults": faults}, chance.uniform(*FEW_SECONDS))


def held(chance: Random, ledger: Path) -> Asked:
    faults: dict[str, FaultKind] = {chance.choice(("extract", "synthesize")): "fail"}
    return Asked(COMPLEX, _made(chance), {"faults": faults, "hold": True})


def falling(chance: Random, ledger: Path) -> Asked:
    return Asked(COMPLEX, _made(chance), {"faults": {"generate": "fail"}})


def hurried(chance: Random, ledger: Path) -> Asked:
    return Asked(COMPLEX, _given(chance), deadline=chance.uniform(0.5, 3))


def digest(chance: Random, ledger: Path) -> Asked:
    return Asked(DIGEST, _given(chance))


def deeds(chance: Random, ledger: Path) -> Asked:
    steps = ("first", "left", "right", "last")
    return Asked("ledgered", {"ledger": str(ledger)} | {step: chance.choice(MANNERS) for step in steps})


def chunks(chance: Random, ledger: Path) -> Asked:
    count = chance.randint(4, 20)
    bad, shaky = [chance.randrange(count)] * chance.randint(0, 1), [chance.randrange(count)]
    request = {"chunks": count, "bad": bad, "shaky": shaky, "seconds": 0.05}
    return Asked("chunked", request, {"stream": True})


def whole(chance: Random, ledger: Path) -> Asked:
    return Asked("chunked", {"chunks": chance.randint(4, 20)})


def bill(chance: Random, ledger: Path) -> Asked:
    return Asked("paying", {"first": chance.choice(("pay", "fail", "break"))})


def gated(chance: Random, ledger: Path) -> Asked:
    return Asked("gated", {"which": chance.choice(("strict", "lenient", "spare"))})


def stood_in(chance: Random, ledger: Path) -> Asked:
    which = chance.choice(("value", "plainly", "simply", "stumbling", "spare"))
    return Asked("stood-in", {"which": which, "first": ["break"]})


def bent(chance: Random, ledger: Path) -> Asked:
    pipeline = chance.choice(
        ("plain", "mendable", "chained", "undone", "lasting", "lasting-cached", "scripted")
    )
    fields = {
        "plain": ("plain",),
        "chained": ("first",),
        "lasting-cached": ("first",),
        "lasting": ("first", "left"),
    }
    return Asked(
        pipeline, {name: _turns(chance) for name in fields.get(pipeline, ("first", "left", "right"))}
    )


def _made(chance: Random) -> dict[str, Any]:
    shape = chance.choice(("orders", "sensors", "tickets"))
    return {"generate": {"shape": shape, "rows": chance.randint(0, 60), "seed": chance.randrange(1 << 40)}}


def _given(chance: Random) -> dict[str, Any]:
    """No other run is asked the same, so that the cache has nothing of it."""
    return {"data": PENGUINS, "null_tokens": ["NA", f"{chance.randrange(1 << 40):x}"]}


def _turns(chance: Random) -> list[str]:
    return [chance.choice(TURNS) for _ in range(chance.randint(0, 2))]


FORMS: dict[str, tuple[Form, int]] = {
    "made": (made, 3),
    "given": (given, 2),
    "equal": (equal, 3),
    "streamed": (streamed, 2),
    "faulty": (faulty, 4),
    "killing": (killing, 1),
    "hanging": (hanging, 2),
    "held": (held, 2),
    "falling": (falling, 1),
    "hurried": (hurried, 2),
    "digest": (digest, 3),
    "deeds": (deeds, 12),
    "chunks": (chunks, 5),
    "whole": (whole, 1),
    "bill": (bill, 3),
    "gated": (gated, 3),
    "stood in": (stood_in, 3),
    "bent": (bent, 8),
}
"""Each form, and its weight among all."""
