"""What the texts of a column add up to when each is read by itself and then let go."""

import sys
from collections import Counter
from datetime import datetime

from activities.functions.digest.dates import Dates
from activities.functions.digest.distinct import Distinct
from activities.functions.digest.numbers import Moments, Numbers
from activities.functions.digest.values import read, spelled
from fiberwise.contracts.dataset import Kind


class Readings:
    """Figures for each kind that the column may turn out to be of; `kinds` counts the values of each."""

    def __init__(self) -> None:
        self.kinds = Counter[Kind]()
        self.numbers, self.moments, self.dates = Numbers(), Moments(), Dates()
        self.true_count = 0
        self.shortest, self.longest = sys.maxsize, 0
        self.texts = Distinct()
        self._values: Distinct | None = None

    def add(self, text: str, times: int) -> None:
        kind, value = read(text)
        self.kinds[kind] += times
        self.shortest, self.longest = min(self.shortest, len(text)), max(self.longest, len(text))
        self.dates.add(text)
        self._mark(text, spelled(value))
        if isinstance(value, datetime):
            self.moments.add(value, text)
        elif isinstance(value, bool):
            self.true_count += times * value
        elif isinstance(value, int | float):
            self.numbers.add(value, times)

    @property
    def values(self) -> Distinct:
        """As `texts`, but all writings of one value count as one."""
        return self.texts if self._values is None else self._values

    @property
    def held(self) -> int:
        """Bytes in memory, about."""
        return sum(distinct.held for distinct in self._sets)

    def thin(self) -> None:
        for distinct in self._sets:
            distinct.thin()

    @property
    def _sets(self) -> list[Distinct]:
        own = [self.texts] if self._values is None else [self.texts, self._values]
        return own + [days.distinct for days in (self.dates.open or {}).values()]

    def _mark(self, text: str, spelling: str) -> None:
        if self._values is None and spelling != text:
            self._values = self.texts.copy()
        self.texts.add(text)
        if self._values is not None:
            self._values.add(spelling)
