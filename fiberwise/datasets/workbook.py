"""XLSX: one sheet of a workbook, whose first row that is not empty holds the names."""

import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from fiberwise.datasets.canonical import column_text
from fiberwise.datasets.columns import checked_names
from fiberwise.datasets.compression import BLOCK, WHOLE, check_growth
from fiberwise.datasets.source import Source

if TYPE_CHECKING:
    from fastexcel import ExcelReader


def workbook_rows(source: Source, sheet: str | None) -> Iterator[pl.DataFrame]:
    """The rows of a sheet as text, in one frame. Numbers are written without a needless `.0`.

    Raises BadInput for a broken workbook, for one that has no such sheet, and for a decompression bomb.
    """
    _check_members(source)
    import fastexcel

    try:
        reader = fastexcel.read_excel(source.path)
        name = _chosen(source, reader.sheet_names, sheet)
        yield _frame(source, reader, name)
    except fastexcel.FastExcelError as error:
        raise source.refused(f"is a broken workbook ({str(error).splitlines()[0][:120]})", WHOLE) from error


def _check_members(source: Source) -> None:
    """Unpacks every member and forgets it, so that damaged and exploding workbooks are found first."""
    try:
        with zipfile.ZipFile(source.path) as archive:
            members = archive.namelist()
            total = 0
            for member in members:
                with archive.open(member) as stream:
                    while block := stream.read(BLOCK):
                        total += len(block)
                        check_growth(source, total)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise source.refused(
            f"is truncated or broken: it is no whole zip archive ({error})", WHOLE
        ) from error
    if "xl/workbook.xml" not in members:
        raise source.refused("is binary data: a zip archive that is no workbook", "give the data set in it")


def _chosen(source: Source, names: list[str], sheet: str | None) -> str:
    if sheet is None:
        return names[0]
    if sheet not in names:
        raise source.refused(f"has no sheet {sheet!r}", f"its sheets are: {', '.join(names)}")
    return sheet


def _frame(source: Source, reader: "ExcelReader", sheet: str) -> pl.DataFrame:
    whole = _cells(reader, sheet, None)
    names = checked_names(source, [cell or "" for cell in whole.row(0)] if whole.height else [])
    text = whole[1:]
    text.columns = names
    typed = _cells(reader, sheet, 0)
    if typed.shape != text.shape:
        return text
    pairs = zip(text.iter_columns(), typed.iter_columns(), strict=True)
    return pl.DataFrame({text.name: _moments(typed, text) for text, typed in pairs})


def _cells(reader: "ExcelReader", sheet: str, header: int | None) -> pl.DataFrame:
    """The sheet with typed columns below a header, or without one all as text."""
    kind = "string" if header is None else None
    loaded = reader.load_sheet(  # pyright: ignore[reportUnknownMemberType]  (pyarrow's types are not installed)
        sheet, header_row=header, dtypes=kind, schema_sample_rows=None
    )
    return loaded.to_polars()


def _moments(typed: pl.Series, text: pl.Series) -> pl.Series:
    """A column of dates or times in ISO 8601: dates alone, where no cell has a time of day."""
    if not isinstance(typed.dtype, pl.Datetime):
        return text
    dates = typed.dt.date()
    days_only = bool((dates.cast(typed.dtype) == typed).all())
    return column_text(dates if days_only else typed)
