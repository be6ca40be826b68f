"""Removes files from the artifact store that nothing mentions: those of ours alone, and none that was just stored."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from fiberwise.contracts.removal import Amount
from fiberwise.store.artifacts import files_at
from fiberwise.store.mentions import Mentions

FOLDER = re.compile(r"[0-9a-f]{2}")
FILE = re.compile(r"([0-9a-f]{64})\.[\w.]+")
UNFINISHED = (".partial-", ".staged-")
LEAVING = ".leaving-"
# What a killed worker left half-written: no writing takes so long.
DAY = timedelta(days=1)


@dataclass(frozen=True)
class File:
    path: Path
    sha256: str
    bytes: int
    stored: float
    """When it was stored, or was to be stored again, in seconds since the epoch."""

    @property
    def kind(self) -> str:
        return self.path.name.partition(".")[2]


def folder_of(url: str) -> Path | None:
    """Where the artifact store is on this machine; None for one elsewhere, of which we cannot tell."""
    files, root = files_at(url)
    return Path(root) if "file" in files.protocol else None


def unmentioned(root: Path, mentions: Mentions, before: datetime) -> tuple[list[File], list[File]]:
    """Files stored before that moment that nothing mentions, and those that something does.

    What stays may itself mention others, which then stay too.
    """
    young, old = _by_age(root, before)
    for file in young:
        mentions.note_file(file.path)
    waiting, stay = old, list[File]()
    while found := [file for file in waiting if file.sha256 in mentions.artifacts]:
        for file in found:
            mentions.note_file(file.path)
        stay += found
        kept = {file.path for file in found}
        waiting = [file for file in waiting if file.path not in kept]
    return waiting, stay


def dispose(file: File, before: datetime) -> bool:
    """Whether it is gone now. Somebody who stores the same again in this moment finds it, or writes it anew."""
    leaving = file.path.with_name(LEAVING + file.path.name)
    try:
        os.rename(file.path, leaving)
    except FileNotFoundError:
        return False  # another removed it
    if leaving.stat().st_mtime >= before.timestamp():
        os.replace(leaving, file.path)
        return False
    leaving.unlink()
    return True


def unfinished(root: Path, before: datetime) -> Iterator[Path]:
    """What was begun to be written and never ended."""
    limit = (before - DAY).timestamp()
    for place in [root, *_folders(root)] if root.is_dir() else []:
        for entry in os.scandir(place):
            if entry.name.startswith((*UNFINISHED, LEAVING)) and _last_change(Path(entry.path)) < limit:
                yield Path(entry.path)


def sweep(left: Path) -> None:
    if left.is_dir() and not left.is_symlink():
        shutil.rmtree(left, ignore_errors=True)
    else:
        left.unlink(missing_ok=True)


def amounts(files: list[File]) -> list[Amount]:
    """By format."""
    found: dict[str, Amount] = {}
    for file in files:
        one = found.get(file.kind) or Amount(store="artifacts", kind=file.kind)
        found[file.kind] = one.model_copy(update={"count": one.count + 1, "bytes": one.bytes + file.bytes})
    return [found[kind] for kind in sorted(found)]


def _by_age(root: Path, before: datetime) -> tuple[list[File], list[File]]:
    young, old = list[File](), list[File]()
    for file in _files(root):
        (old if file.stored < before.timestamp() else young).append(file)
    return young, old


def _files(root: Path) -> Iterator[File]:
    """Exactly `<root>/<two digits>/<sha256>.<suffix>`, and no link: anything else is not ours."""
    for folder in _folders(root):
        for entry in os.scandir(folder):
            name = FILE.fullmatch(entry.name)
            if name and name[1].startswith(folder.name) and entry.is_file(follow_symlinks=False):
                stat = entry.stat(follow_symlinks=False)
                yield File(Path(entry.path), name[1], stat.st_size, stat.st_mtime)


def _folders(root: Path) -> list[Path]:
    if not root.is_dir():
        return []
    return [
        Path(entry.path)
        for entry in os.scandir(root)
        if FOLDER.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
    ]


def _last_change(place: Path) -> float:
    inside = place.rglob("*") if place.is_dir() and not place.is_symlink() else ()
    return max(one.lstat().st_mtime for one in [place, *inside])
