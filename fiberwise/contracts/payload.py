"""The two kinds of model that cross a boundary, and how much data a payload stands for."""

from collections.abc import Collection
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field


def added(description: str = "") -> Any:
    """A field that came later: None where it is not used, and then in no JSON.

    So inputs of yesterday keep their hash, by which results are taken over and found in the cache.
    """
    return Field(default=None, exclude_if=lambda value: value is None, description=description or None)


class Volume(NamedTuple):
    """How much data a payload refers to; None where it does not say."""

    rows: int | None = None
    bytes: int | None = None


class Asked(BaseModel):
    """What a person or program asks for: unknown fields are refused, since a typo must not be ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")

    def as_given(self, fields: Collection[str]) -> Self:
        """The request of a person who gave these fields: on its way, given and default are no longer told apart."""
        return self

    @property
    def volume(self) -> Volume:
        """How much data this stands for: the mechanism measures rows and bytes by it."""
        return Volume()

    @property
    def about(self) -> str:
        """What it is about, in a few words for a person."""
        return ""


class Payload(BaseModel):
    """What passes between steps: unknown fields are ignored, so that old and new workers run side by side.

    Fields are only ever added, each by `added()`, or histories of yesterday no longer decode, and what they took over
    no longer fits.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, ser_json_inf_nan="strings")

    @property
    def volume(self) -> Volume:
        """How much data this stands for: the mechanism measures rows and bytes by it."""
        return Volume()

    @property
    def about(self) -> str:
        """What it is about, in a few words for a person."""
        return ""
