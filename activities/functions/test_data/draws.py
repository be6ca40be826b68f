"""Chance that is the same everywhere: numbers come from a hash of what they are for, not from a library.

Any piece of any stream can be had alone, so one column's values do not depend on how another's were drawn.
"""

import hashlib
import sys
from array import array
from collections.abc import Callable

Draw = Callable[[str], "array[int]"]
"""Given what for, one number from 0 to 2**32 - 1 for each row at hand."""

SPREAD = 2 * 0xFFFF + 1


def drawing(key: str, part: int, count: int) -> Draw:
    """The draws of `count` rows, which are the `part`-th piece of the data set named `key`."""

    def draw(purpose: str) -> "array[int]":
        numbers = array("I", hashlib.shake_128(f"{key}/{purpose}/{part}".encode()).digest(4 * count))
        if sys.byteorder == "big":
            numbers.byteswap()
        return numbers

    return draw


def peaked(draw: int, low: int, high: int) -> int:
    """A draw as an integer in [low, high), most often in the middle.

    The sum of two even draws: its extremes lie within the 1.5 iqr fences, so nothing is an outlier by nature.
    """
    return low + ((draw & 0xFFFF) + (draw >> 16)) * (high - low) // SPREAD
