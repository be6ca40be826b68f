"""All that a storm decides, from one random generator: the same seed and number of runs give the same plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal, get_args

from tests.chaos.storm.forms import FORMS, Asked

Act = Literal["pause", "pause now", "cancel", "terminate", "start again"]
After = Literal["", "retry", "rerun", "redrive"]
Answer = Literal["yes", "no", "mend"]
Trouble = Literal[
    "kill worker",
    "kill workers",
    "kill server",
    "kill all",
    "lock database",
    "restart database",
    "fill disk",
    "slow wire",
    "cut wire",
    "skew clock",
]
ACTS: tuple[Act, ...] = get_args(Act)
TROUBLES: tuple[Trouble, ...] = get_args(Trouble)


@dataclass(frozen=True)
class Order:
    """A run, what a client does to it while it runs (seconds after its start), what it says when asked, and then."""

    number: int
    form: str
    asked: Asked
    acts: tuple[tuple[float, Act], ...]
    answer: Answer
    after: After


@dataclass(frozen=True)
class Disturbance:
    """Comes once so many runs have been started, and lasts so many seconds."""

    number: int
    after: int
    trouble: Trouble
    seconds: float

    def __str__(self) -> str:
        return f"{self.number}: {self.trouble}, {self.seconds:.1f} s, after {self.after} starts"


@dataclass(frozen=True)
class Plan:
    orders: list[Order]
    disturbances: list[Disturbance]


def plan(seed: int, runs: int, ledger: Path) -> Plan:
    chance = Random(seed)
    orders = [_order(chance, number, ledger) for number in range(runs)]
    return Plan(orders, list(_disturbances(chance, runs)))


def _order(chance: Random, number: int, ledger: Path) -> Order:
    [form] = chance.choices(list(FORMS), [weight for _, weight in FORMS.values()])
    asked = FORMS[form][0](chance, ledger)
    acts: list[tuple[float, Act]] = [
        (chance.uniform(0, 6), chance.choice(ACTS)) for _ in range(chance.choice((0, 0, 0, 1, 2)))
    ]
    after = chance.choice(("", "", "", "retry", "rerun"))
    after = "redrive" if form == "chunks" and asked.request["bad"] else after
    return Order(number, form, asked, tuple(sorted(acts)), chance.choice(get_args(Answer)), after)


def _disturbances(chance: Random, runs: int) -> Iterator[Disturbance]:
    """Each kind once, in any order, before one comes again."""
    count = len(TROUBLES) + runs // 20
    deck: list[Trouble] = []
    for number in range(count):
        deck = deck or chance.sample(TROUBLES, len(TROUBLES))
        yield Disturbance(number + 1, (number + 1) * runs // (count + 1), deck.pop(), chance.uniform(1, 6))
