"""One thing that `fiberwise doctor` looks at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """`found` is what is there; `hint`, empty where ok, is one line on how to mend it."""

    name: str
    ok: bool
    found: str
    hint: str = ""


def judge(name: str, ok: bool, found: str, hint: str) -> Check:
    return Check(name, ok, found, "" if ok else hint)
