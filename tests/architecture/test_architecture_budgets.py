"""Size, documentation and word budgets of the house, measured on the syntax tree."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ["flows", "tasks", "models", "optimization", "hemoflow"]
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION, USUAL_FUNCTION = 300, 50, 25
FLOW_LINES, TASK_LINES = 60, 15
IDS = [path.relative_to(ROOT).as_posix() for path in FILES]


@cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path):
    return [node for node in ast.walk(parsed(path)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def body_lines(node):
    first = node.body[1] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body[0]
    return node.end_lineno - first.lineno + 1


def decorated(node, word):
    names = [ast.unparse(decorator).split("(")[0] for decorator in node.decorator_list]
    return word in names


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_file_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_no_function_is_long(path):
    assert [node.name for node in functions(path) if body_lines(node) > LONGEST_FUNCTION] == []


def test_nine_functions_in_ten_are_short():
    lengths = sorted(body_lines(node) for path in FILES for node in functions(path))
    assert lengths[int(0.9 * (len(lengths) - 1))] <= USUAL_FUNCTION


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_public_names_are_documented_and_typed(path):
    tree = parsed(path)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [node for node in ast.walk(tree) if isinstance(node, kinds) and not node.name.startswith("_")]
    nested = {id(inner) for node in functions(path) for inner in ast.walk(node) if inner is not node}
    bare = [node.name for node in public if id(node) not in nested and not ast.get_docstring(node)]
    untyped = [node.name for node in functions(path) if node.returns is None]
    assert (bare, untyped) == ([], [])
    assert ast.get_docstring(tree) or path.read_text(encoding="utf-8").strip() == "", "a module says what it is for"


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name == "flows"], ids=lambda p: p.name)
def test_flows_are_stories(path):
    assert [node.name for node in functions(path) if decorated(node, "flow") and body_lines(node) > FLOW_LINES] == []


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name == "tasks"], ids=lambda p: p.name)
def test_tasks_are_thin(path):
    assert [node.name for node in functions(path) if decorated(node, "task") and body_lines(node) > TASK_LINES] == []


def test_nothing_is_left_half_done():
    leftovers = re.compile(r"NotImplementedError|\bTODO\b|\bFIXME\b|pytest\.mark\.(skip|xfail)\b|\bassert True\b")
    places = [path for path in [*FILES, *(ROOT / "tests").rglob("*.py")] if path != Path(__file__).resolve()]
    assert [path.name for path in places if leftovers.search(path.read_text(encoding="utf-8"))] == []


def test_science_never_reads_the_clock_or_the_environment():
    forbidden = re.compile(r"\b(datetime\.now|date\.today|time\.time|os\.environ|os\.getenv|utcnow)\b")
    science = [path for path in FILES if path.relative_to(ROOT).parts[0] in {"models", "optimization"}]
    science += [
        path for path in FILES if path.relative_to(ROOT).parts[:2] in {("hemoflow", "domain"), ("hemoflow", "schemas")}
    ]
    assert [path.name for path in science if forbidden.search(path.read_text(encoding="utf-8"))] == []
