"""The house is as ARCHITECTURE.md draws it, and its public names are what they say."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

import pellucid
from pellucid.data.kinds.kind import Encoder, Kind
from pellucid.data.kinds.registry import KINDS, choices
from pellucid.tasks.choice import TASKS

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


def asks_for_the_task(path: Path) -> list[str]:
    """Where a file asks which task it has before it: by class, or by a word that names one."""
    tree = ast.parse(path.read_text())
    classes = {task.__name__ for task in TASKS.values()}
    words = {*TASKS, *(task.called for task in TASKS.values())}
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        name = getattr(node, "id", getattr(node, "attr", getattr(node, "name", None)))
        is_class = isinstance(node, ast.Name | ast.Attribute | ast.alias) and name in classes
        is_word = isinstance(node, ast.Constant) and node.value in words
        if is_class or (is_word and id(node) not in docstrings):
            found.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    return found


def test_no_room_but_its_own_asks_for_the_task() -> None:
    """This number may only go down: a task answers for itself (`pellucid.tasks.task`)."""
    elsewhere = [path for path in MODULES if path.parent.name != "tasks"]
    assert [place for path in elsewhere for place in asks_for_the_task(path)] == []


TYPES = {"Boolean", "Date", "Datetime", "Duration", "Float64", "List", "String", "Struct", "Time"}
TYPE_QUESTIONS = {"is_float", "is_integer", "is_nested", "is_numeric", "is_temporal", "by_dtype"}


def asks_for_the_kind(path: Path) -> list[str]:
    """Where a file asks what kind of column it has before it: by class, file, word or type."""
    tree = ast.parse(path.read_text())
    for module in KINDS.values():
        importlib.import_module(module)
    classes = {each.__name__ for each in (*Kind.__subclasses__(), *Encoder.__subclasses__())}
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        name = getattr(node, "id", getattr(node, "attr", getattr(node, "name", None)))
        is_class = isinstance(node, ast.Name | ast.Attribute | ast.alias) and name in classes
        is_file = isinstance(node, ast.ImportFrom) and node.module in KINDS.values()
        is_word = isinstance(node, ast.Constant) and node.value in choices()
        if (
            is_class
            or is_file
            or _asks_for_a_type(node)
            or (is_word and id(node) not in docstrings)
        ):
            found.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    return found


def _asks_for_a_type(node: ast.AST) -> bool:
    """Whether a type is compared, or cells are chosen by theirs."""
    asked = getattr(node, "func", None)
    question = getattr(asked, "attr", getattr(asked, "id", None))
    if question in TYPE_QUESTIONS and "dtype" in ast.unparse(node):
        return True
    if not isinstance(node, ast.Compare) and question not in ("col", "isinstance"):
        return False
    return any(
        isinstance(part, ast.Attribute) and getattr(part.value, "id", None) == "pl"
        for part in ast.walk(node)
        if getattr(part, "attr", None) in TYPES
    )


def test_hardly_a_file_but_its_own_asks_for_the_kind_of_a_column() -> None:
    """This number may only go down: a kind answers for itself (`pellucid.data.kinds.kind`).

    Left are the targets, which are classes or numbers, and the text that a spreadsheet might run.
    Sources know no kinds, only the types that files have.
    """
    elsewhere = [path for path in MODULES if path.parent.name not in ("kinds", "sources")]
    asking = {path.name: places for path in elsewhere if (places := asks_for_the_kind(path))}
    assert asking.keys() == {"targets.py", "predict_file.py"}, asking
