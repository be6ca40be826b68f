"""`python -m benchmarks`: runs them all, prints tables and JSON."""

import argparse
import json
import logging
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from rich.console import Console

from benchmarks.load import Load
from benchmarks.main_job import compare
from benchmarks.report import LARGE, SMALL, Report
from benchmarks.shape_race import race
from fiberwise.runtime.server_binary import find_server
from starter.cli.session import load_settings


def main() -> None:
    asked = _arguments()
    logging.disable(logging.WARNING)
    signal.signal(signal.SIGTERM, _end)
    program = find_server(load_settings())
    load = Load(asked.runs, asked.in_flight, asked.alone)
    with TemporaryDirectory(prefix="fiberwise-bench-") as folder:
        home = Path(folder)
        shape = {} if asked.only == "job" else race(program, home, load, asked.rounds, _tell)
        jobs = [] if asked.only == "shape" else compare(program, home, asked.rows, asked.rounds, _tell)
    report = Report(shape, jobs)
    report.print(Console(width=None if sys.stdout.isatty() else 120))
    text = json.dumps(report.as_json(), indent=2)
    print(text)
    if asked.json:
        asked.json.write_text(text + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="samples of each side (3)")
    parser.add_argument("--runs", type=int, default=300, help="runs of a sample under load (300)")
    parser.add_argument("--in-flight", type=int, default=100, help="of them at once (100)")
    parser.add_argument("--alone", type=int, default=20, help="runs one after the other (20)")
    parser.add_argument("--rows", type=int, nargs="+", default=[SMALL, LARGE], help="sizes of the main job")
    parser.add_argument("--only", choices=("shape", "job"), help="one of the two benchmarks")
    parser.add_argument("--json", type=Path, help="write the JSON to this file too")
    return parser.parse_args()


def _end(_signal: int, _frame: FrameType | None) -> None:
    """An end from outside (`timeout`, CI) must not leave the servers behind: they are in sessions of their own."""
    sys.exit(143)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
