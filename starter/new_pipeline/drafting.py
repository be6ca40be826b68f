"""What a new pipeline is made of: the files of `row-count`, which mirror a checkout, under another name."""

from collections.abc import Callable
from pathlib import Path

from fiberwise.contracts.errors import Refused
from starter.new_pipeline.naming import Called

TEMPLATES = Path(__file__).with_name("templates")
MODEL, SUFFIX = Called("row-count"), ".txt"

REGISTRY, FORMS = "workflows/__init__.py", "tests/replay/registered_forms.py"
FINGERPRINTS = "tests/replay/fingerprints.json"
LISTS = {"workflows/__init__.py": "AVAILABLE_PIPELINES", "tests/replay/registered_forms.py": "FORMS"}
"""File -> the dict in it that has a line for each pipeline."""

Edit = Callable[[str], str]


def drafted(called: Called) -> dict[str, str]:
    """Path in a checkout -> the text of each new file."""
    files = sorted(file for file in TEMPLATES.rglob(f"*{SUFFIX}"))
    return {_place(file, called): called.instead_of(MODEL, file.read_text("utf-8")) for file in files}


def _place(file: Path, called: Called) -> str:
    return called.instead_of(MODEL, file.relative_to(TEMPLATES).as_posix().removesuffix(SUFFIX))


def histories_of(called: Called) -> str:
    """Folder in a checkout."""
    return f"tests/replay/histories/{called.name}"


def edits(called: Called) -> dict[str, Edit]:
    """Path in a checkout -> how that file comes to know the pipeline. Each raises Refused for a file it cannot read."""
    imported = f"from workflows.{called.module} import {called.title}Pipeline\n"
    return {
        REGISTRY: lambda text: _with_import(
            _with_line(text, REGISTRY, called, f"{called.title}Pipeline"), imported
        ),
        FORMS: lambda text: _with_line(text, FORMS, called, f'usual("{called.name}", step="measure")'),
    }


def _with_line(text: str, file: str, called: Called, value: str) -> str:
    """One more line at the end of the dict that lists pipelines."""
    if f'"{called.name}"' in text:
        raise Refused(f"{file} names `{called.name}` already", where=file, hint="choose another name")
    head, opened, rest = text.partition(f"\n{LISTS[file]}: ")
    inside, closed, after = rest.partition("\n}\n")
    if not opened or not closed:
        hint = f"`git checkout {file}` brings back the one that was committed"
        raise Refused(f"{file} has no dict {LISTS[file]} as it should", where=file, hint=hint)
    return f'{head}{opened}{inside}\n    "{called.name}": {value},{closed}{after}'


def _with_import(text: str, line: str) -> str:
    """The formatter puts it in order."""
    first = text.index("\nfrom ") + 1
    return text[:first] + line + text[first:]
