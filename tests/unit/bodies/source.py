"""The source that a step's body runs, module by module: what a result in the step cache was computed by."""

import ast
import hashlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# What computes. Contracts are not among it: a changed field is another input, and so another key.
FOLLOWED = ("activities.agents.", "activities.functions.", "fiberwise.datasets.")


def body_of(activity: Callable[..., Any]) -> dict[str, str]:
    """Module -> hash of its code: of the activity's own what the function reaches, of those it imports the whole.

    Comments, docstrings and blank lines do not count.
    """
    module = activity.__module__
    own = list(_reached(ast.parse(_text(module)), activity.__qualname__))
    waiting, found = [name for node in own for name in _imported(node)], {module: _hash(module, own)}
    while waiting:
        if (name := waiting.pop()) not in found:
            tree = ast.parse(_text(name))
            found[name] = _hash(name, [tree])
            waiting += _imported(tree)
    return dict(sorted(found.items()))


def _reached(tree: ast.Module, qualified: str) -> Iterator[ast.stmt]:
    """A function, and what of its module's top level it names, on and on."""
    waiting, seen = [qualified], set[str]()
    while waiting:
        if (name := waiting.pop()) in seen:
            continue
        seen.add(name)
        for node in _bound_to(tree, name.split(".")):
            yield node
            waiting += [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]


def _bound_to(tree: ast.Module | ast.ClassDef, path: list[str]) -> list[ast.stmt]:
    found = [node for node in tree.body if path[0] in _names(node)]
    if len(path) == 1:
        return found
    return [inner for node in found if isinstance(node, ast.ClassDef) for inner in _bound_to(node, path[1:])]


def _names(node: ast.stmt) -> list[str]:
    """The names that a statement at the top of a module binds."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    return [
        part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    ]


def _imported(tree: ast.AST) -> Iterator[str]:
    """The followed modules that a piece of code imports, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in [node.module, *inner] if name.startswith(FOLLOWED) and _file(name))


def _hash(module: str, nodes: list[ast.stmt] | list[ast.Module]) -> str:
    lines = _text(module).splitlines()
    kept = [number for node in nodes for number in _code(node, len(lines))]
    code = [lines[number - 1] for number in sorted(set(kept))]
    text = "\n".join(line for line in code if line.strip() and not line.strip().startswith("#"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _code(tree: ast.stmt | ast.Module, last: int) -> set[int]:
    """The lines of a piece of code without its docstrings, from 1."""
    lines = set(range(1, last + 1)) if isinstance(tree, ast.Module) else _span(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                lines -= _span(first)
    return lines


def _span(node: ast.stmt) -> set[int]:
    decorators = getattr(node, "decorator_list", [])
    start = min([node.lineno, *(one.lineno for one in decorators)])
    return set(range(start, (node.end_lineno or node.lineno) + 1))


def _text(module: str) -> str:
    file = _file(module)
    assert file, f"there is no module {module}"
    return file.read_text()


def _file(module: str) -> Path | None:
    """Of a module or a package; None for what is a name within one."""
    if module in sys.modules:
        return Path(str(sys.modules[module].__file__))
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        return None
    return Path(found.origin) if found and found.origin else None
