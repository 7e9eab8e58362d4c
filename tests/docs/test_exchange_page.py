"""The page on the local exchange names tests that are there, every item, and every happening."""

import ast
import re
from pathlib import Path
from typing import get_args

from demo.exchange.happenings import Happening

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "exchange.md").read_text(encoding="utf-8")
#: | item | what is simulated | tests |
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def functions_of(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, kinds)}


def test_every_item_has_a_row_and_every_row_a_test():
    rows = ROW.findall(PAGE)
    assert {int(item) for item, _, _ in rows} == set(range(1, 21))
    assert [item for item, _, _ in rows] == sorted((item for item, _, _ in rows), key=int)
    assert all(TEST.search(tests) for _, _, tests in rows)


def test_every_test_that_is_named_is_there():
    named = {(path, name) for path, name in TEST.findall(PAGE)}
    there = {path: functions_of(path) for path, _ in named}
    assert [f"{path}::{name}" for path, name in sorted(named) if name not in there[path]] == []


def test_every_happening_is_named_and_nothing_else_is():
    section = PAGE[PAGE.index("| when | happenings |") : PAGE.index("**Switches**")]
    named = re.findall(r"`(\w+)`", section)
    assert sorted(named) == sorted(kind.__name__ for kind in get_args(Happening))
