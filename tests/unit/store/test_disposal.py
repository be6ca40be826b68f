"""What goes from the artifact store: old files that nothing mentions, also by way of others; and nothing else."""

import hashlib
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.disposal import amounts, dispose, folder_of, sweep, unfinished, unmentioned
from fiberwise.store.mentions import Mentions

NOW = datetime.now(UTC)
BEFORE = NOW - timedelta(days=30)
OLD, YOUNG = BEFORE - timedelta(days=1), BEFORE + timedelta(days=1)


def put(root: Path, text: str, stored: datetime = OLD) -> Path:
    """A document in the store, its age as told."""
    artifact = ArtifactStore(str(root)).put_bytes(text.encode(), "json")
    return aged(Path(artifact.uri.removeprefix("file://")), stored)


def aged(path: Path, stored: datetime) -> Path:
    os.utime(path, (stored.timestamp(), stored.timestamp()))
    return path


def mentioned(*files: Path) -> Mentions:
    found = Mentions()
    for file in files:
        found.note(file.name.encode())
    return found


def cleaned(root: Path, mentions: Mentions) -> set[Path]:
    """What is gone."""
    files, _ = unmentioned(root, mentions, BEFORE)
    return {file.path for file in files if dispose(file, BEFORE)}


@given(st.data())
def test_nothing_that_is_referred_to_is_removed_and_all_else_that_is_old_is(data: st.DataObject):
    count = data.draw(st.integers(1, 8))
    young = data.draw(st.sets(st.integers(0, count - 1)))
    roots = data.draw(st.sets(st.integers(0, count - 1)))
    # Content-addressed files can mention only such as were there before them.
    links = [
        data.draw(st.sets(st.integers(0, number - 1))) if number else set[int]() for number in range(count)
    ]
    with tempfile.TemporaryDirectory() as folder:
        root, files = Path(folder), list[Path]()
        for number in range(count):
            told = f"{number} " + " ".join(files[link].name for link in sorted(links[number]))
            files.append(put(root, told, YOUNG if number in young else OLD))
        needed, waiting = set[int](), list(young | roots)
        while waiting:
            number = waiting.pop()
            if number not in needed:
                needed.add(number)
                waiting += links[number]
        gone = cleaned(root, mentioned(*(files[number] for number in roots)))
        assert gone == {files[number] for number in range(count) if number not in needed}
        assert {file for file in files if file.exists()} == {files[number] for number in needed}


def test_what_is_not_ours_is_never_touched(tmp_path: Path):
    outside = aged_file(tmp_path / f"{'0a' * 32}.json")
    root = tmp_path / "store"
    inside = put(root, "ours")
    strangers = [
        aged_file(root / "notes.json"),
        aged_file(root / "ab" / "notes.json"),
        aged_file(root / "zz" / f"{'a' * 64}.json"),
        aged_file(root / "ab" / "deep" / f"{'ab' * 32}.json"),
        aged_file(root / "cd" / f"{'ab' * 32}.json"),  # in another's folder
    ]
    link = root / "ef" / f"{'ef' * 32}.json"
    link.parent.mkdir()
    link.symlink_to(outside)
    os.utime(link, (OLD.timestamp(), OLD.timestamp()), follow_symlinks=False)
    (root / "0a").symlink_to(tmp_path)
    assert cleaned(root, Mentions()) == {inside}
    assert all(path.exists() for path in [outside, *strangers, link])


def test_what_is_stored_again_between_the_look_and_the_removal_stays(tmp_path: Path):
    file = put(tmp_path, "wanted once more")
    found, _ = unmentioned(tmp_path, Mentions(), BEFORE)
    ArtifactStore(str(tmp_path)).put_bytes(b"wanted once more", "json")
    assert [dispose(one, BEFORE) for one in found] == [False]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == file.name.partition(".")[0]


def test_of_what_was_never_ended_only_that_of_another_day_goes(tmp_path: Path):
    put(tmp_path, "x")
    [folder] = [one for one in tmp_path.iterdir() if one.is_dir()]
    old, new = OLD - timedelta(days=1), YOUNG
    partial = aged(aged_file(folder / ".partial-1"), old)
    staged = aged_file(tmp_path / ".staged-1" / "part")
    aged(staged, old)
    aged(staged.parent, old)
    written = aged_file(tmp_path / ".staged-2" / "part")
    aged(written, new)
    left = list(unfinished(tmp_path, BEFORE))
    for path in left:
        sweep(path)
    assert set(left) == {partial, staged.parent}
    assert written.exists()


def test_amounts_are_told_by_format(tmp_path: Path):
    put(tmp_path, "one")
    put(tmp_path, "three")
    found, _ = unmentioned(tmp_path, Mentions(), BEFORE)
    [told] = amounts(found)
    assert (told.kind, told.count, told.bytes) == ("json", 2, 8)


def test_a_store_elsewhere_has_no_folder_here(tmp_path: Path):
    assert folder_of("memory://store") is None
    assert folder_of(str(tmp_path)) == tmp_path


def aged_file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("not ours")
    return aged(path, OLD)
