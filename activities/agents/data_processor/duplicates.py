"""Rows that are in every cell as a row above them."""

import polars as pl


def repeated_rows(cells: pl.DataFrame) -> tuple[pl.Series, list[int]]:
    """Which rows repeat one above; and of each repeated row, the place (from 0) of the first that is like it."""
    repeated = cells.is_duplicated() if cells.height else pl.Series([], dtype=pl.Boolean)
    if not repeated.any():
        return repeated, []
    # Few rows are left by now, so that telling first from later ones costs little.
    places = pl.int_range(cells.height, eager=True).filter(repeated)
    alike = pl.DataFrame({"row": cells.filter(repeated).to_struct(), "place": places})
    firsts = alike.select("place", first=pl.col("place").first().over("row"))
    later = firsts.filter(pl.col("place") != pl.col("first"))
    return repeated & pl.int_range(cells.height, eager=True).is_in(later["place"].implode()), later[
        "first"
    ].to_list()
