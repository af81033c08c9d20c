"""The signatures of types-nuke: what Nuke has, and how it may be called."""

from __future__ import annotations

import ast
import functools
import inspect
from collections import defaultdict
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import pytest

Signatures = dict[str, list[inspect.Signature]]


class Stubs:
    """Functions, constants and classes of the module nuke."""

    def __init__(self, folder: Path) -> None:
        self.functions: Signatures = defaultdict(list)
        self.names: set[str] = set()
        self._classes: dict[str, tuple[list[str], Signatures]] = {}
        for name in ("_nuke", "utils", "callbacks", "colorspaces", "executeInMain", "overrides", "scripts"):
            self._take(ast.parse((folder / f"{name}.pyi").read_text(encoding="utf-8")))

    def method(self, kind: str, name: str) -> list[inspect.Signature]:
        """The ways in which a method of a class may be called; none if it isn't there."""
        bases, methods = self._classes.get(kind, ([], {}))
        return methods.get(name) or next((found for base in bases if (found := self.method(base, name))), [])

    def has_class(self, kind: str) -> bool:
        return kind in self._classes

    def _take(self, tree: ast.Module) -> None:
        for part in tree.body:
            if isinstance(part, ast.FunctionDef):
                self.functions[part.name].append(_signature(part, method=False))
            elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                self.names.add(part.target.id)
            elif isinstance(part, ast.ClassDef):
                methods: Signatures = defaultdict(list)
                for one in part.body:
                    if isinstance(one, ast.FunctionDef):
                        methods[one.name].append(_signature(one, method=True))
                self._classes[part.name] = ([base.id for base in part.bases if isinstance(base, ast.Name)], methods)


@functools.cache
def stubs() -> Stubs:
    """Those that are installed; a test that needs them is skipped where they aren't."""
    try:
        found = next(path for path in files("types-nuke") or [] if path.name == "_nuke.pyi")
    except (PackageNotFoundError, StopIteration):
        pytest.skip("types-nuke isn't installed (pip install -e .[dev])", allow_module_level=True)
    return Stubs(Path(str(found.locate())).parent)


def check(ways: list[inspect.Signature], what: str, args: tuple, more: dict) -> None:
    """Fail unless a call fits one of the signatures."""
    assert ways, f"Nuke has no {what}"
    faults = []
    for way in ways:
        try:
            way.bind(*args, **more)
            return
        except TypeError as error:
            faults.append(str(error))
    raise AssertionError(f"Nuke's {what} isn't called like that: {'; '.join(faults)}")


def _signature(function: ast.FunctionDef, *, method: bool) -> inspect.Signature:
    given, kinds = function.args, inspect.Parameter
    static = any(isinstance(one, ast.Name) and one.id == "staticmethod" for one in function.decorator_list)
    positional = [*given.posonlyargs, *given.args]
    required = len(positional) - len(given.defaults)
    made = [
        kinds(one.arg, kinds.POSITIONAL_OR_KEYWORD, default=kinds.empty if index < required else None)
        for index, one in enumerate(positional)
    ]
    made = made[1:] if method and not static else made
    if given.vararg:
        made.append(kinds(given.vararg.arg, kinds.VAR_POSITIONAL))
    for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        made.append(kinds(one.arg, kinds.KEYWORD_ONLY, default=kinds.empty if default is None else None))
    if given.kwarg:
        made.append(kinds(given.kwarg.arg, kinds.VAR_KEYWORD))
    return inspect.Signature(made)
