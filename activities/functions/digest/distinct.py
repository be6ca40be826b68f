"""How many different texts there are: exact as long as there is room for a mark of each."""

import math
from hashlib import blake2b

MARK_BYTES = 70
"""What a mark takes up in a set, about."""


class Distinct:
    """Adaptive sampling (Wegman): each thinning keeps the marks that end in one more zero bit, half of them."""

    def __init__(self) -> None:
        self._marks: set[int] = set()
        self._step = 1
        """Marks kept are multiples of it."""

    def add(self, text: str) -> None:
        mark = int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
        if mark % self._step == 0:
            self._marks.add(mark)

    def thin(self) -> None:
        self._step *= 2
        self._marks = {mark for mark in self._marks if mark % self._step == 0}

    def copy(self) -> "Distinct":
        other = Distinct()
        other._marks, other._step = set(self._marks), self._step
        return other

    @property
    def held(self) -> int:
        """Bytes in memory, about."""
        return MARK_BYTES * len(self._marks)

    @property
    def count(self) -> int:
        return len(self._marks) * self._step

    @property
    def error(self) -> float:
        """Three standard errors as a share of the count, at most 1; 0 where the count is exact."""
        return 0.0 if self._step == 1 else min(1.0, 3 / math.sqrt(max(1, len(self._marks))))
