"""How values of each kind are written, and their reading: null where a text is not of the kind."""

import polars as pl

from fiberwise.contracts.dataset import Kind

LONGEST = 300
"""Characters of the longest number: a float ends at 309 digits, and a cell of megabytes is no figure."""

WHOLE = r"(?:0|[1-9][0-9]*)"
ISO_DATE = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
ZONE = r"(?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?"

# ASCII classes throughout: \d and (?i) alone would take Arabic digits and the long s.
LOOKS = {
    Kind.INTEGER: rf"^[+-]?{WHOLE}$",
    Kind.NUMBER: rf"^[+-]?(?:(?:{WHOLE}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|(?i-u:inf|infinity))$",
    Kind.BOOLEAN: r"^(?i-u:true|false)$",
    Kind.DATE: r"^[0-9]{4}(?:-[0-9]{2}-|/[0-9]{2}/)[0-9]{2}$",
    Kind.DATETIME: rf"^{ISO_DATE}[T ]{CLOCK}(?::[0-5][0-9](?:\.[0-9]{{1,9}})?)?(?:Z|[+-]{ZONE})?$",
}

OFFSET = r"(?:Z|[+-][0-9]{2}:?(?:[0-9]{2})?)$"
FINER = r"\.[0-9]{6}[0-9]*[1-9]"
MONTH = r"[A-Za-z]{3,9}"

# Dots are day first only: nobody writes MM.DD.YYYY. A year that leads is always followed by the month.
DATE_FORMS = {
    "%d/%m/%Y": r"^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}$",
    "%m/%d/%Y": r"^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}$",
    "%d-%m-%Y": r"^[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}$",
    "%m-%d-%Y": r"^[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}$",
    "%d.%m.%Y": r"^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}$",
    "%Y.%m.%d": r"^[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,2}$",
    "%Y-%m-%d": r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$",
    "%Y/%m/%d": r"^[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}$",
    "%d %B %Y": rf"^[0-9]{{1,2}} {MONTH} [0-9]{{4}}$",
    "%d-%B-%Y": rf"^[0-9]{{1,2}}-{MONTH}-[0-9]{{4}}$",
    "%B %d, %Y": rf"^{MONTH} [0-9]{{1,2}}, [0-9]{{4}}$",
}
ANY_DATE = (
    r"^(?:[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}|[0-9]{4}[/.-][0-9]{1,2}[/.-][0-9]{1,2}"
    rf"|[0-9]{{1,2}}[ -]{MONTH}[ -][0-9]{{4}}|{MONTH} [0-9]{{1,2}}, [0-9]{{4}})$"
)


def looks(cell: pl.Expr, kind: Kind) -> pl.Expr:
    """Whether a text is written as the kind is; a date may still name a day that no calendar has."""
    return cell.str.contains(LOOKS[kind]) & (cell.str.len_bytes() <= LONGEST)


def read_as(texts: pl.Series, kind: Kind) -> pl.Series:
    """The values of texts that look like the kind; null where 64 bits or the calendar have no such value."""
    match kind:
        case Kind.INTEGER:
            return texts.cast(pl.Int64, strict=False)
        case Kind.NUMBER:
            return texts.cast(pl.Float64, strict=False)
        case Kind.BOOLEAN:
            return texts.str.to_lowercase() == "true"
        case Kind.DATE:
            return _dates(texts)
        case Kind.DATETIME:
            return _instants(texts)
        case Kind.TEXT:
            return texts


def dates_in_form(texts: pl.Series, form: str) -> pl.Series:
    """Dates written in one of DATE_FORMS; other texts give null."""
    return _dated(_only(texts, DATE_FORMS[form]), form)


def _dates(texts: pl.Series) -> pl.Series:
    """Dates written YYYY-MM-DD or YYYY/MM/DD, years 1 to 9999."""
    return _dated(_only(texts, LOOKS[Kind.DATE]).str.replace_all("/", "-", literal=True), "%Y-%m-%d")


def _instants(texts: pl.Series) -> pl.Series:
    """Datetimes cut to the microsecond, in UTC where a text has an offset; years 1 to 9999, also in UTC."""
    found = _only(texts, LOOKS[Kind.DATETIME])
    minutes = _dated(found.str.slice(0, 10), "%Y-%m-%d").cast(pl.Int32).cast(pl.Int64) * 1440
    minutes = minutes + _digits(found, 11) * 60 + _digits(found, 14)
    seconds = _digits(found.set(found.str.slice(16, 1) != ":", None), 17).fill_null(0)
    if found.str.contains(OFFSET).any():
        minutes = minutes - _offset_minutes(found)
    micros = (minutes * 60 + seconds) * 1_000_000
    if found.str.contains(".", literal=True).any():
        digits = found.str.extract(r"\.([0-9]+)").str.pad_end(6, "0").str.slice(0, 6)
        micros = micros + digits.cast(pl.Int64).fill_null(0)
    return _in_range(micros.cast(pl.Datetime("us")))


def _only(texts: pl.Series, look: str) -> pl.Series:
    return texts.set(~texts.str.contains(look), None)


def _dated(texts: pl.Series, form: str) -> pl.Series:
    return _in_range(texts.str.to_date(form, strict=False))


def _in_range(days: pl.Series) -> pl.Series:
    return days.set(~days.dt.year().is_between(1, 9999), None)


def _digits(texts: pl.Series, start: int) -> pl.Series:
    return texts.str.slice(start, 2).cast(pl.Int64, strict=False)


def _offset_minutes(texts: pl.Series) -> pl.Series:
    offset = texts.str.extract(r"([+-][0-9]{2}:?(?:[0-9]{2})?)$").str.replace(":", "", literal=True)
    minutes = _digits(offset, 1) * 60 + _digits(offset, 3).fill_null(0)
    return (-minutes).zip_with(offset.str.starts_with("-").fill_null(False), minutes).fill_null(0)
