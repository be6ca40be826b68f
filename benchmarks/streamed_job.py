"""The main job in chunks: its memory, which is to stay flat, and its speed beside the plain loop over the whole.

`python -m benchmarks.streamed_job [--rows 100000 1000000 10000000] [--rounds 1] [--json FILE]`
"""

import argparse
import json
import logging
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks import flights
from benchmarks.main_job import WARM_UP_ROWS, Ours, ours
from benchmarks.plain_loop import Plain, run_plain_loop
from benchmarks.servers import tuned_server
from fiberwise.runtime.server_binary import find_server
from starter.cli.session import load_settings

SIZES = [100_000, 1_000_000, 10_000_000]
# Whole, more than this takes more memory than most machines have.
MOST_WHOLE = 1_000_000
MIB = 1 << 20
PEAKS = ("worker_peak_bytes", "children_peak_bytes")


@dataclass(frozen=True)
class Round:
    rows: int
    streamed: Ours
    plain: Plain | None


def main() -> None:
    asked = _arguments()
    logging.disable(logging.WARNING)
    program = find_server(load_settings())
    with (
        TemporaryDirectory(prefix="fiberwise-bench-") as folder,
        tuned_server(program, Path(folder)) as server,
    ):
        home, found = Path(folder), list[Round]()
        warm_up = flights.make(home, WARM_UP_ROWS)
        for number in range(asked.rounds):
            for rows in asked.rows:
                print(f"round {number + 1} of {asked.rounds}: {rows:,} rows", file=sys.stderr, flush=True)
                data = flights.make(home, rows)
                with TemporaryDirectory(dir=folder) as store:
                    (Path(store) / "ours").mkdir()
                    streamed = uvloop.run(ours(data, warm_up, Path(store) / "ours", server, stream=True))
                    whole = rows <= MOST_WHOLE
                    plain = run_plain_loop(data, warm_up, Path(store) / "plain") if whole else None
                found.append(Round(rows, streamed, plain))
    _print(found)
    text = json.dumps([asdict(one) | {"plain": one.plain and one.plain._asdict()} for one in found], indent=2)
    print(text)
    if asked.json:
        asked.json.write_text(text + "\n", encoding="utf-8")


def _print(found: list[Round]) -> None:
    table = Table(title="Main job in chunks, from file to result")
    for name in ("rows", "s", "rows/s", "worker MiB", "children MiB", "plain loop, s", "times as long"):
        table.add_column(name, justify="right")
    for rows in dict.fromkeys(one.rows for one in found):
        table.add_row(*_row(rows, [one for one in found if one.rows == rows]))
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _row(rows: int, rounds: list[Round]) -> list[str]:
    seconds = median(one.streamed.seconds for one in rounds)
    peaks = [max(getattr(one.streamed, name) for one in rounds) // MIB for name in PEAKS]
    return [f"{rows:,}", f"{seconds:.1f}", f"{rows / seconds:,.0f}", *map(str, peaks), *_beside(rounds)]


def _beside(rounds: list[Round]) -> list[str]:
    """The plain loop's seconds, and how many times as long the stream took."""
    pairs = [(one.streamed.seconds, one.plain.seconds) for one in rounds if one.plain]
    if not pairs:
        return ["–", "–"]
    return [
        f"{median(whole for _, whole in pairs):.1f}",
        f"{median(ours / whole for ours, whole in pairs):.2f}",
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.streamed_job", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES, help="sizes of the data set")
    parser.add_argument("--rounds", type=int, default=1, help="samples of each size (1)")
    parser.add_argument("--json", type=Path, help="write the JSON to this file too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
