"""Hides what a text should not give away: addresses, long numbers, secrets. The same value gets the same mask."""

import re
from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel, JsonValue

M = TypeVar("M", bound=BaseModel)

HIDDEN_NAME = (
    r"(?:password|passwd|pwd|passphrase|secret|token|credentials?|authorization|cookie|signature|sig"
    r"|(?:api|access|private|secret|signing|encryption)[_-]?key)"
)
_NAMED = re.compile(rf"(?:^|[_-]){HIDDEN_NAME}$", re.IGNORECASE)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

# What only looks like a number: ids that the system itself gives, and times.
KEPT = (
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
    r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?",
)
SECRETS = (
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    r"\beyJ[\w-]+\.[\w-]+\.[\w-]*",  # a JSON web token
    r"(?<=://)[^/\s@]+(?=@)",  # user and password of a URL
    r"(?<=\bBearer )\S+|(?<=\bBasic )[\w+/=]{8,}",
    r"\b(?:sk|pk|rk)[-_][\w-]{8,}|\bgh[opsu]_\w{8,}|\bgithub_pat_\w+|\bglpat-[\w-]+|\bxox[a-z]-[\w-]+",
    r"\b(?:AKIA|ASIA)[0-9A-Z]{12,}|\bAIza[\w-]{20,}",
    r"(?=[A-Za-z0-9+=]*[A-Za-z])(?=[A-Za-z0-9+=]*\d)[A-Za-z0-9+]{24,}=*",  # nothing that is read aloud is so long
)
E_MAIL = r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"
NUMBER = r"\d{7,}|\d(?:[ -]?\d){8,}"


class Masking:
    """One table of masks, for one page or document. `kept`: texts that stay as they are, such as its own ids."""

    def __init__(self, kept: Iterable[str] = ()) -> None:
        known = [rf"\b{re.escape(text)}\b" for text in sorted(kept, key=len, reverse=True) if text]
        named = rf"{HIDDEN_NAME}\b[\"']?\s*[=:]\s*[\"']?(?:(?:Bearer|Basic) )?(?P<named>[^\s\"',;&)]+)"
        self._pattern = re.compile(
            f"(?P<kept>{'|'.join([*KEPT, *known])})|(?i:{named})|(?P<secret>{'|'.join(SECRETS)})"
            f"|(?P<mail>{E_MAIL})|(?P<number>{NUMBER})",
            re.DOTALL,
        )
        self._masks: dict[tuple[str, str], str] = {}

    def text(self, text: str) -> str:
        """The text with a mask in place of each value that it hides."""
        return self._pattern.sub(self._replaced, text)

    def json(self, value: JsonValue, name: str = "") -> JsonValue:
        """A value of a field of this name: all of it is hidden where the name says that it is a secret."""
        if isinstance(value, dict):
            return {self.text(key): self.json(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.json(inner, name) for inner in value]
        if _NAMED.search(_HUMP.sub("_", name)) and value not in (None, ""):
            return self._mask("secret", str(value))
        return self.text(value) if isinstance(value, str) else value

    def model(self, value: M) -> M:
        """A copy with every text in it masked. Raises ValidationError where a mask is no value of its field."""
        return type(value).model_validate(self.json(value.model_dump(mode="json")))

    def _replaced(self, found: re.Match[str]) -> str:
        kind = found.lastgroup or "kept"
        if kind == "kept":
            return found[0]
        if kind == "named":
            return found[0].removesuffix(found["named"]) + self._mask("secret", found["named"])
        return self._mask({"mail": "e-mail"}.get(kind, kind), found[0])

    def _mask(self, kind: str, value: str) -> str:
        number = 1 + sum(known == kind for known, _ in self._masks)
        return self._masks.setdefault((kind, value), f"‹{kind} {number}›")
