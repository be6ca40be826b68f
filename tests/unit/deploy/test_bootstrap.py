"""The first command in a fresh clone, without the network: what it refuses, and what it makes again."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SOURCE = Path(__file__).parents[3] / "deploy" / "bootstrap.py"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A project with nothing to install."""
    root = tmp_path / "a clone"
    (root / "deploy").mkdir(parents=True)
    (root / "requirements").mkdir()
    (root / "starter").mkdir()
    shutil.copy(SOURCE, root / "deploy")
    (root / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
    for kind in ("run", "dev"):
        (root / "requirements" / f"{kind}.lock").write_text("# empty\n")
    (root / "starter" / "__init__.py").write_text("")
    (root / "starter" / "__main__.py").write_text(
        "from importlib.metadata import version\n\n\n"
        "def main():\n    print('starter of', version('fiberwise-pipelines'))\n    return 7\n"
    )
    return root


def bootstrap(clone: Path, kind: str = "run", **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, clone / "deploy" / "bootstrap.py", kind]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, timeout=100)


def loaded(clone: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", clone / "deploy" / "bootstrap.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_makes_an_environment_that_runs_the_checkout_and_once_made_leaves_it_alone(clone: Path):
    made = bootstrap(clone)
    assert (made.returncode, "making .venv" in made.stderr) == (0, True), made.stderr
    ran = subprocess.run([clone / ".venv/bin/fiberwise"], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (7, "starter of 1.2.3\n"), ran.stderr
    again = bootstrap(clone)
    assert (again.returncode, again.stderr) == (0, "")
    (clone / "requirements" / "run.lock").write_text("# changed\n")
    relocked = bootstrap(clone)
    assert "installing" in relocked.stderr
    assert "making .venv" not in relocked.stderr


@pytest.fixture
def begun(clone: Path) -> Path:
    """A clone whose environment has a Python that works."""
    python = clone / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return clone


def test_an_environment_of_this_place_and_python_is_kept(begun: Path):
    module = loaded(begun)
    assert module.is_usable()
    module.write(module.stamp("base"), module.base())
    assert module.is_usable()


def test_one_whose_making_was_interrupted_is_not_kept(begun: Path):
    (begun / ".venv" / ".half-made").write_text("")
    assert not loaded(begun).is_usable()


def test_one_that_was_moved_is_not_kept(begun: Path):
    module = loaded(begun)
    module.write(module.stamp("base"), module.base())
    assert not loaded(begun.rename(begun.with_name("moved"))).is_usable()


def test_one_whose_python_is_gone_is_not_kept(begun: Path):
    (begun / ".venv" / "bin" / "python").unlink()
    assert not loaded(begun).is_usable()


def test_a_package_that_cannot_be_had_is_told_in_two_lines(begun: Path):
    (begun / "requirements" / "run.lock").write_text(f"no-such==1 --hash=sha256:{'0' * 64}\n")
    failed = bootstrap(begun, PIP_NO_INDEX="1", PIP_FIND_LINKS="")
    assert failed.returncode == 3
    assert "no-such==1" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert (begun / ".venv" / "install.log").exists()


def test_a_python_without_venv_names_the_package(clone: Path, tmp_path: Path):
    (tmp_path / "ensurepip.py").write_text("raise ImportError")
    failed = bootstrap(clone, PYTHONPATH=str(tmp_path))
    package = f"python3.{sys.version_info.minor}-venv"
    assert (failed.returncode, package in failed.stderr) == (3, True)
    assert failed.stderr.count("\n") == 1


def test_a_python_that_is_too_old_says_which_to_install(clone: Path, monkeypatch: pytest.MonkeyPatch):
    module = loaded(clone)
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    monkeypatch.setattr(module, "KNOWN_GOOD", ())
    with pytest.raises(module.Refused, match=r"Python 3\.9 is too old: install 3\.11"):
        module.refuse_or_change_python()


def test_progress_counts_packages_and_passes_warnings_on(clone: Path, capsys: pytest.CaptureFixture[str]):
    progress = loaded(clone).Progress(12)
    progress("Ignoring tzdata: markers 'sys_platform == \"win32\"' don't match your environment")
    for number in range(10):
        progress(f"Collecting package{number}==1 (from -r requirements/run.lock (line 3))")
    progress("WARNING: Retrying")
    assert capsys.readouterr().err == "   10/11 package9==1\nWARNING: Retrying\n"


def test_an_environment_made_from_the_largest_lock_needs_nothing_more_for_the_smaller_ones(begun: Path):
    module = loaded(begun)
    locks = {kind: str(begun / "requirements" / f"{kind}.lock") for kind in ("run", "dev", "browser")}
    (begun / "requirements" / "browser.lock").write_text("# with a browser\n")
    (begun / ".venv" / ".half-made").write_text("")
    module.finish("browser", locks["browser"])
    assert all(module.is_done(kind, lock) for kind, lock in locks.items())
