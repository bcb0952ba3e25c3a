"""The house is as ARCHITECTURE.md draws it, and its public names are what they say."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

import pellucid

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "pellucid"
MODULES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 400


def test_every_file_is_in_the_tree_and_the_tree_has_no_other() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    drawn = set(re.findall(r"^[├└]── ([\w/]+\.py) ", text, flags=re.MULTILINE))
    there = {str(path.relative_to(PACKAGE)) for path in MODULES if path.name != "__init__.py"}
    assert drawn == there


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_is_short_and_says_what_it_is(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MOST_LINES
    assert ast.get_docstring(ast.parse(text))


def test_functions_are_short_enough_to_read() -> None:
    lengths = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                doc = ast.get_docstring(node, clean=False) or ""
                lengths.append(node.end_lineno - node.lineno - doc.count("\n"))  # type: ignore[operator]
    lengths.sort()
    assert lengths[int(0.9 * len(lengths))] <= 30


def test_public_names_exist_and_are_documented() -> None:
    assert pellucid.__all__ == sorted(pellucid.__all__)
    for name in pellucid.__all__:
        assert inspect.getdoc(getattr(pellucid, name)), name
    with pytest.raises(AttributeError, match="no attribute 'learn_everything'"):
        _ = pellucid.learn_everything


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.name != "__main__.py"],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_what_a_module_offers_is_documented(path: Path) -> None:
    name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    module = importlib.import_module(name.removesuffix(".__init__"))
    for label, thing in vars(module).items():
        is_ours = getattr(thing, "__module__", None) == module.__name__
        if (
            is_ours
            and not label.startswith("_")
            and (inspect.isclass(thing) or inspect.isfunction(thing))
        ):
            assert inspect.getdoc(thing), label
