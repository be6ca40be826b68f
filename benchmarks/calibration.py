"""A loop that is not ours, in a process of its own: what this machine does now, to hold our figures against."""

import csv
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

PASSES = 3


class Calibration(NamedTuple):
    """`cpu_s` of all threads."""

    wall_s: float
    cpu_s: float
    peak_bytes: float


def calibrate(data: Path) -> Calibration:
    """Some passes over a CSV file by the table engine, and one by the standard library."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_loop, data).result()


def _loop(data: Path) -> Calibration:
    import polars as pl

    pl.read_csv(data, n_rows=10)  # what is loaded or started once does not count
    began, worked = time.monotonic(), time.process_time()
    for _ in range(PASSES):
        table = pl.read_csv(data, infer_schema=False)
        table.select(pl.all().str.strip_chars().n_unique())
        table.sort(table.columns[0]).is_duplicated().sum()
    with data.open(newline="", encoding="utf-8") as file:
        longest = max(len(cell) for row in csv.reader(file) for cell in row)
    wall_s, cpu_s = time.monotonic() - began, time.process_time() - worked
    assert longest
    unit = 1 if sys.platform == "darwin" else 1024
    return Calibration(wall_s, cpu_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
