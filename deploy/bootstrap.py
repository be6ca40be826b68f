"""Makes .venv from a lock: `python3 deploy/bootstrap.py run|dev|browser`. What is already there is left alone.

Runs before anything is installed, perhaps on a Python that is too old, so its syntax is that of any Python 3.
"""

import fcntl
import glob
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
HALF_MADE = os.path.join(VENV, ".half-made")
KINDS = ("run", "dev", "browser")
OLDEST = (3, 11)
KNOWN_GOOD = ("python3.13", "python3.12", "python3.11")  # the lock is tried on these

# Dependencies are all in the lock, wheels only; byte code is written on first import (10 s less here).
PIP = "install --no-deps --only-binary :all: --no-compile --require-hashes --no-input"

# `sh` in between, as a `#!` line takes neither blanks nor long paths.
SCRIPT = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
if __name__ == "__main__":  # a child process of ours loads this file too
    import sys

    from starter.__main__ import main

    sys.exit(main())
"""


METADATA = "Metadata-Version: 2.1\nName: fiberwise-pipelines\nVersion: %s\n"


class Refused(Exception):
    """The message is all that a person needs to see."""


def main(kind):
    refuse_or_change_python()
    lock = os.path.join(ROOT, "requirements", kind + ".lock")
    with open(__file__) as mutex:  # two commands in a fresh clone: the second waits, then finds all done
        fcntl.flock(mutex, fcntl.LOCK_EX)
        if is_done(kind, lock):
            os.utime(stamp(kind))  # so that make does not ask again
            return
        begun = time.time()
        make_venv()
        install(lock)
        link_project()
        finish(kind, lock)
        say("ready after %d s" % (time.time() - begun))


def refuse_or_change_python():
    if sys.version_info < OLDEST:
        for name in KNOWN_GOOD:
            found = shutil.which(name)
            if found and runs(found):
                os.execv(found, [found] + sys.argv)
        version = "%d.%d" % sys.version_info[:2]
        raise Refused("Python %s is too old: install 3.11, 3.12 or 3.13 (or say make PYTHON=PATH)" % version)
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        package = "python%d.%d-venv" % sys.version_info[:2]
        raise Refused("Python's venv module is missing: sudo apt-get install %s" % package) from None


def runs(python):
    """False also for a name on PATH that is a shim for a version which is not there."""
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    return os.path.exists(python) and subprocess.call([python, "-c", check], stderr=subprocess.DEVNULL) == 0


def is_done(kind, lock):
    whole = not os.path.exists(HALF_MADE) and read(stamp("base")) == base()
    return whole and read(stamp(kind)) == digest(lock)


def is_usable():
    """Not one whose making was interrupted, that was moved, or that is of another Python."""
    return runs(PYTHON) and not os.path.exists(HALF_MADE) and read(stamp("base")) in ("", base())


def make_venv():
    kept = is_usable()
    os.makedirs(VENV, exist_ok=True)
    write(HALF_MADE, "")
    if kept:
        return
    say("Python %d.%d.%d: making .venv" % sys.version_info[:3])
    for name in os.listdir(VENV):
        path = os.path.join(VENV, name)
        if path != HALF_MADE:
            (shutil.rmtree if os.path.isdir(path) and not os.path.islink(path) else os.remove)(path)
    run([sys.executable, "-m", "venv", VENV])


def install(lock):
    total = len(re.findall(r"^\S+==", read(lock), re.M))
    say("installing %d packages of %s" % (total, os.path.relpath(lock, ROOT)))
    run([PYTHON, "-m", "pip"] + PIP.split() + ["--disable-pip-version-check", "-r", lock], Progress(total))


class Progress:
    """Turns pip's lines into one that counts on a terminal, elsewhere into one per ten packages."""

    def __init__(self, total):
        self.total, self.count = total, 0

    def __call__(self, line):
        found = re.match(r"(?:Collecting|Requirement already satisfied:) ([^ ;]+)", line)
        if line.startswith("Ignoring "):
            self.total -= 1
        elif found:
            self.count += 1
            self.show("%3d/%d %s" % (self.count, self.total, found.group(1)), self.count % 10 == 0)
        elif line.startswith("Installing collected"):
            self.show("unpacking", True)
        elif line.startswith("WARNING"):
            say(line)

    def show(self, text, important):
        if sys.stderr.isatty():
            sys.stderr.write("\r\033[K  " + text + ("\n" if text == "unpacking" else ""))
            sys.stderr.flush()
        elif important:
            say("  " + text)


def link_project():
    """Our own packages run from the checkout: path file, script and metadata, as an editable install makes them.

    pip itself would build a wheel for that, with a setuptools that Python 3.12 no longer brings along.
    """
    where = [PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = subprocess.check_output(where, universal_newlines=True).strip()
    write(os.path.join(packages, "fiberwise_pipelines.pth"), ROOT + "\n")
    script = os.path.join(VENV, "bin", "fiberwise")
    write(script, SCRIPT.format(python=PYTHON))
    os.chmod(script, 0o755)
    for old in glob.glob(os.path.join(packages, "fiberwise_pipelines-*.dist-info")):
        shutil.rmtree(old)
    about = os.path.join(packages, "fiberwise_pipelines-%s.dist-info" % version())
    os.mkdir(about)
    write(os.path.join(about, "METADATA"), METADATA % version())


def finish(kind, lock):
    for held in KINDS[: KINDS.index(kind) + 1]:  # each lock holds all of those before it
        write(stamp(held), digest(os.path.join(os.path.dirname(lock), held + ".lock")))
    write(stamp("base"), base())
    os.remove(HALF_MADE)


def run(command, each_line=lambda line: None):
    lines = []
    pipe, both = subprocess.PIPE, subprocess.STDOUT
    child = subprocess.Popen(command, stdout=pipe, stderr=both, universal_newlines=True)
    try:
        for line in child.stdout:
            lines.append(line.rstrip())
            each_line(lines[-1])
    finally:
        if sys.exc_info()[0]:  # interrupted
            child.terminate()
        status = child.wait()
    if status != 0:
        write(os.path.join(VENV, "install.log"), "\n".join(lines) + "\n")
        errors = [line for line in lines if line.upper().startswith("ERROR")] or lines[-1:]
        raise Refused(
            "%s\n(all of it is in .venv/install.log; try again with the same command)" % errors[-1][:300]
        )


def base():
    return "%s %d.%d\n" % ((ROOT,) + sys.version_info[:2])


def stamp(kind):
    return os.path.join(VENV, "." + kind)


def digest(path):
    return "%s %s\n" % (version(), hashlib.sha256(read(path).encode()).hexdigest())


def version():
    return re.search(r'^version = "(.+)"', read(os.path.join(ROOT, "pyproject.toml")), re.M).group(1)


def read(path):
    if not os.path.exists(path):
        return ""
    with open(path) as file:
        return file.read()


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def say(text):
    sys.stderr.write(text + "\n")


def interrupt(number, frame):
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, interrupt)
    try:
        main(sys.argv[1])
    except Refused as refusal:
        say(str(refusal))
        sys.exit(3)
    except KeyboardInterrupt:
        say("interrupted: the same command makes .venv anew")
        sys.exit(130)
