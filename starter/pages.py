"""The parts of the docs that are made from code: `make docs` writes them, a test holds the pages to them."""

import re
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from fiberwise.pipeline.anatomy import Anatomy, check_registry
from fiberwise.runtime.settings import Settings
from workflows import AVAILABLE_PIPELINES

ROOT = Path(__file__).parents[1]
MARK = "<!-- made from code: {} -->"
END = "<!-- end -->"


def pages() -> dict[Path, str]:
    """Every page that holds made parts, as it should read now."""
    found = {ROOT / "docs" / "settings.md": {"settings": settings_table()}}
    for one in check_registry(AVAILABLE_PIPELINES).values():
        found[ROOT / one.page] = {
            "input": input_table(one),
            "output": output_table(one),
            "steps": steps_table(one),
        }
    return {page: _filled(page.read_text(), parts) for page, parts in found.items()}


def _filled(text: str, parts: dict[str, str]) -> str:
    for name, part in parts.items():
        mark = MARK.format(name)
        pattern = re.escape(mark) + r".*?" + re.escape(END)
        text = re.sub(pattern, lambda _: f"{mark}\n\n{part}\n\n{END}", text, flags=re.DOTALL)  # noqa: B023
    return text


def settings_table() -> str:
    prefix = str(Settings.model_config.get("env_prefix"))
    rows = [
        (
            f"`{prefix}{name.upper()}`",
            f"`{field.default}`" if str(field.default) else "",
            field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]
    return _table(("setting", "default", "what it does"), rows)


def steps_table(one: Anatomy) -> str:
    rows = [
        (
            f"`{step.name}`",
            f"`{step.activity}`",
            "optional" if step.optional else "required",
            f"{step.retry.maximum_attempts} from {step.retry.initial_interval.total_seconds():g} s, "
            f"x{step.retry.backoff_coefficient:g}",
            f"{step.timeout.total_seconds():g} s",
            f"{step.cache.ttl.total_seconds() / 3600:g} h" if step.cache else "",
        )
        for step in one.steps
    ]
    return _table(("step", "activity", "", "attempts", "time for one", "result kept"), rows)


def input_table(one: Anatomy) -> str:
    return _fields(one.input.model_json_schema())


def output_table(one: Anatomy) -> str:
    return _fields(TypeAdapter(one.output).json_schema())


def _fields(schema: dict[str, Any]) -> str:
    """One table per model that the schema refers to, the model itself first."""
    tables = [_model(schema)]
    for name, inner in schema.get("$defs", {}).items():
        if "properties" in inner:
            tables.append(f"**{name}**\n\n{_model(inner)}")
    return "\n\n".join(tables)


def _model(schema: dict[str, Any]) -> str:
    rows = [
        (
            f"`{name}`",
            _kind(field),
            f"`{field['default']}`" if "default" in field else "required",
            field.get("description", ""),
        )
        for name, field in schema.get("properties", {}).items()
    ]
    return _table(("field", "type", "default", ""), rows)


def _kind(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in field:
        return " or ".join(_kind(one) for one in field["anyOf"])
    if "enum" in field:
        return " or ".join(f"`{one}`" for one in field["enum"])
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items', {}))}"
    return str(field.get("type", "any"))


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |"
        for line in lines
    )


if __name__ == "__main__":
    for page, text in pages().items():
        page.write_text(text)
