"""A bounded excerpt of a payload for the log: enough to recognise it by, never the data."""

from typing import Any, cast

from pydantic import BaseModel

from fiberwise.contracts.execution import Summary

BUDGET = 800  # characters of JSON, about; 1 KB is the contract, and keys and quotes want room
TEXT = 80
ITEMS = 3
DEPTH = 3


def summarise(value: Any) -> Summary:
    """The first fields of a model, texts cut at 80 characters, lists at 3 items, in all under 1 KB of JSON."""
    excerpt = _Excerpt().of(value, DEPTH)
    return cast(Summary, excerpt) if isinstance(excerpt, dict) else {"value": excerpt}


class _Excerpt:
    def __init__(self) -> None:
        self._left = BUDGET

    def of(self, value: Any, depth: int) -> Any:
        if isinstance(value, BaseModel):
            fields = type(value).model_fields
            return self._mapping({name: getattr(value, name) for name in fields}, depth)
        if isinstance(value, dict):
            return self._mapping(value, depth)  # pyright: ignore[reportUnknownArgumentType]
        if isinstance(value, list | tuple):
            return self._items(value, depth)  # pyright: ignore[reportUnknownArgumentType]
        return self._scalar(value)

    def _mapping(self, fields: dict[str, Any], depth: int) -> Any:
        if depth == 0:
            return self._scalar("…")
        found: Summary = {}
        for name, value in fields.items():
            if self._left < len(name) + TEXT:
                found["…"] = f"{len(fields) - len(found)} more"
                break
            if value is not None:
                self._left -= len(name) + 6
                found[str(name)] = self.of(value, depth - 1)
        return found

    def _items(self, items: list[Any] | tuple[Any, ...], depth: int) -> Any:
        if depth == 0 or self._left < TEXT:
            return self._scalar(f"{len(items)} items")
        shown = [self.of(item, depth - 1) for item in items[:ITEMS] if self._left > TEXT]
        return [*shown, f"… {len(items) - len(shown)} more"] if len(items) > len(shown) else shown

    def _scalar(self, value: Any) -> Any:
        if isinstance(value, bool | int | float) or value is None:
            self._left -= 12
            return value
        text = str(value)
        kept = text if len(text) <= TEXT else text[: TEXT - 1] + "…"
        self._left -= len(kept) + 4
        return kept
