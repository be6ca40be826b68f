"""Dates in any written form, which only the whole column can tell: 03/04/2024 alone may be March or April."""

import re
from datetime import date

from activities.functions.digest.distinct import Distinct

ISO = "ISO 8601"
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip
MONTH = {name: number for number, whole in enumerate(MONTHS, 1) for name in (whole, whole[:3])}
# Day, month, Name of the month, Year. Dots are day first only: nobody writes MM.DD.YYYY.
FORMS = ("D/M/Y", "M/D/Y", "D-M-Y", "M-D-Y", "D.M.Y", "Y.M.D", "Y-M-D", "Y/M/D", "D N Y", "D-N-Y", "N D, Y")
PARTS = {
    "D": "(?P<day>[0-9]{1,2})",
    "M": "(?P<month>[0-9]{1,2})",
    "N": "(?P<month>[A-Za-z]{3,9})",
    "Y": "(?P<year>[0-9]{4})",
}
WRITTEN = {form: re.compile("".join(PARTS.get(char, re.escape(char)) for char in form)) for form in FORMS}
WRITTEN[ISO] = re.compile("(?P<year>[0-9]{4})([-/])(?P<month>[0-9]{2})\\2(?P<day>[0-9]{2})")


class Days:
    """The dates that a column holds when it is read in one form."""

    def __init__(self, first: date) -> None:
        self.low, self.high, self.distinct = first, first, Distinct()

    def add(self, day: date) -> None:
        self.low, self.high = min(self.low, day), max(self.high, day)
        self.distinct.add(day.isoformat())


class Dates:
    """The forms that fit all texts so far, and what each makes of them: `open` is None before the first text."""

    def __init__(self) -> None:
        self.open: dict[str, Days] | None = None

    def add(self, text: str) -> None:
        if self.open is None:
            days = {form: day for form in WRITTEN if (day := read_date(text, form))}
            self.open = {form: Days(day) for form, day in days.items()}
        for form, days in list(self.open.items()):
            if day := read_date(text, form):
                days.add(day)
            else:
                del self.open[form]

    @property
    def readings(self) -> list[Days]:
        """By ISO 8601 alone where it fits, else by every other form that does."""
        found = self.open or {}
        return [found[ISO]] if ISO in found else list(found.values())


def read_date(text: str, form: str) -> date | None:
    """None for a text that is not in the form, and for a day that no calendar has."""
    written = WRITTEN[form].fullmatch(text)
    if written is None:
        return None
    year, month, day = written["year"], written["month"].lower(), written["day"]
    try:
        return date(int(year), MONTH.get(month) or int(month), int(day))
    except ValueError:
        return None
