"""How the embedded Temporal server is set up: every value that differs from its defaults, with the reason."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import chain
from typing import Final

# The dev server keeps ended runs for a day; a person who comes back after a holiday wants to see theirs.
RETENTION: Final = timedelta(days=30)

# What `list` filters by. All keywords: matched whole, never split into words.
SEARCH_ATTRIBUTES: Final = ("Pipeline", "User", "Source", "Outcome", "Phase")

DYNAMIC_CONFIG: Final = {
    # The transfer queue hands out tasks 20 times a second by default: 40-50 ms of waiting at every step.
    "history.transferProcessorMaxPollRPS": "200",
    # Visibility writes (46 indexes) take 40 % of the server's CPU: fewer, larger ones; lists lag by 0.5 s.
    "history.visibilityProcessorMaxPollRPS": "2",
    "history.visibilityTaskBatchSize": "1000",
    # Timers are rounded up to about a second by default: a backoff of 0.1 s takes ten times as long.
    # The quotes belong to the value: it is JSON.
    "history.timerProcessorMaxTimeShift": '"5ms"',
    "history.timerProcessorMaxPollRPS": "500",
    # A run that ends within this time of the first start would still be kept for a day only (2 s by default).
    "system.namespaceCacheRefreshInterval": '"500ms"',
}

SQLITE_PRAGMAS: Final = {
    "journal_mode": "wal",  # readers do not wait for the writer
    "synchronous": "normal",  # survives kill -9; a power cut may take the last commits (full: +2-4 ms)
    "cache_size": "-65536",  # 64 MiB instead of 2: the indexes of some thousand runs stay in memory
    "wal_autocheckpoint": "10000",  # 40 MB between checkpoints, which stall every write
    "mmap_size": "268435456",  # reads without a copy
    "temp_store": "memory",  # sorts leave the disk alone
}

# Collecting the server's short-lived garbage a quarter as often saves CPU; the limit bounds the memory.
ENVIRONMENT: Final = {"GOGC": "400", "GOMEMLIMIT": "1GiB"}


def tuned_args() -> list[str]:
    """Arguments of `temporal server start-dev` for any server of ours, also one in memory."""
    config = _repeat("--dynamic-config-value", (f"{key}={value}" for key, value in DYNAMIC_CONFIG.items()))
    return config + _repeat("--search-attribute", (f"{name}=Keyword" for name in SEARCH_ATTRIBUTES))


def sqlite_args() -> list[str]:
    """Arguments for a server on a database file."""
    return _repeat("--sqlite-pragma", (f"{key}={value}" for key, value in SQLITE_PRAGMAS.items()))


def _repeat(flag: str, values: Iterable[str]) -> list[str]:
    return list(chain.from_iterable((flag, value) for value in values))
