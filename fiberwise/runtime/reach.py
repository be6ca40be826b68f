"""Checks of what our processes talk to: artifact store, database, Temporal."""

import os
import socket
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from fiberwise.runtime.check import Check, judge
from fiberwise.runtime.stack_state import nearest

ANSWER_SECONDS = 5
POSTGRESQL_PORT, TEMPORAL_PORT = 5432, 7233


def artifacts(url: str) -> Check:
    """A folder can be written; another store answers whether its root is there."""
    name, hint = "artifact store", "correct FIBERWISE_ARTIFACTS, its credentials, or the packages it needs"
    if "://" not in url:
        return _writable(name, Path(url), hint)
    import fsspec.core  # pyright: ignore[reportMissingTypeStubs]

    try:
        files, root = fsspec.core.url_to_fs(url)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        files.exists(root)  # pyright: ignore[reportUnknownMemberType]
    except (OSError, ValueError, ImportError) as error:
        return Check(name, False, f"{url}: {error}", hint)
    return Check(name, True, url)


def database(url: str) -> Check:
    """A SQLite file can be written; a server takes a connection. Whether it lets us in, the first use tells."""
    name, hint = "database", "correct FIBERWISE_DATABASE, or start the server it names"
    parts = urlsplit(url)
    if parts.scheme.startswith("sqlite"):
        return _writable(name, Path(parts.path.removeprefix("/")), hint)
    if not parts.scheme.startswith("postgresql"):
        return Check(
            name, False, f"{parts.scheme or 'no scheme'} is not known", "use sqlite:/// or postgresql://"
        )
    folder = parse_qs(parts.query).get("host", [""])[0]
    if folder.startswith("/"):
        return judge(name, Path(folder).is_dir(), f"socket in {folder}", hint)
    return _answers(name, parts.hostname or "localhost", parts.port or POSTGRESQL_PORT, hint)


def temporal(address: str) -> Check:
    """By TCP only, so that it needs no credentials."""
    parts = urlsplit(f"//{address}")
    hint = "start it, or unset TEMPORAL_ADDRESS to use an embedded server"
    return _answers("temporal server", parts.hostname or address, parts.port or TEMPORAL_PORT, hint)


def _answers(name: str, host: str, port: int, hint: str) -> Check:
    try:
        socket.create_connection((host, port), timeout=ANSWER_SECONDS).close()
    except OSError as error:
        return Check(name, False, f"{host}:{port}: {error.strerror or error}", hint)
    return Check(name, True, f"{host}:{port} answers")


def _writable(name: str, path: Path, hint: str) -> Check:
    there = nearest(path)
    return judge(name, os.access(there, os.W_OK), str(path), f"no right to write in {there}: {hint}")
