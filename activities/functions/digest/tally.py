"""One column as its cells come by: its texts are counted as long as there is room, then read and let go."""

from collections import Counter
from collections.abc import Iterable, Sequence

from activities.functions.digest.readings import Readings

TEXT_BYTES = 150
"""What a counted text takes up beside its characters, about."""


class Tally:
    """Figures of one column's values: its cells trimmed, without those that are null tokens."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens
        self._weight = 0
        self.count = 0
        self.readings = Readings()
        self.texts = Counter[str]()
        """How often each text came; once `cut`, only since the last shrinking."""
        self.cut = False

    def add(self, cells: Iterable[str]) -> None:
        fresh = Counter(map(str.strip, cells))
        for token in self._tokens:
            fresh.pop(token, None)
        new = fresh.keys() - self.texts.keys()
        self._weight += sum(map(len, new)) + TEXT_BYTES * len(new)
        self.count += fresh.total()
        self.texts.update(fresh)

    @property
    def held(self) -> int:
        """Bytes in memory, about."""
        return self._weight + self.readings.held

    def shrink(self) -> None:
        """Lets the texts go once they are read; next time, every other mark of a different one."""
        if self.texts:
            self.read()
            self.cut, self._weight = True, 0
            self.texts.clear()
        else:
            self.readings.thin()

    def read(self) -> None:
        """Reads the texts at hand, once each: then they are let go, or this is the end."""
        for text, times in self.texts.items():
            self.readings.add(text, times)
