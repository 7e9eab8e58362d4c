"""The program's source, as far as texts of alerts come from it: what calls what, and what stands for what."""

import ast
import gc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("engine", "bot", "storage")
#: Nothing here raises an alert or words one; a test sees to it. Left out to be quick.
SILENT = ("bot/cli/", "bot/pictures/", "bot/settings", "engine/brokers/kite/")
#: Handed on as callbacks, so no call names them: where they are called, and under which name.
CALLBACKS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "unheard": (("bot/chat/app.py", "_conflicted"),),
    "_stop_unheard": (("bot/dead_man.py", "_stop"),),
    "paper_waits": (
        ("engine/brokers/paper/closings.py", "_tell"),
        ("engine/brokers/paper/venue.py", "_tell"),
    ),
    "channel": (("bot/channels/forwarder.py", "_told"),),
    "no_backup": (("bot/nightly.py", "_failed"),),
    "changed_history": (("bot/snapshots.py", "_damaged"),),
    "_no_metrics": (("bot/metrics/server.py", "_failed"),),
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    path: str
    functions: Mapping[str, Function]
    values: Mapping[str, ast.expr]
    imports: Mapping[str, tuple[str, str]]
    nested: frozenset[Function]
    calls: tuple[tuple[Function | None, ast.Call], ...]


@dataclass(frozen=True, slots=True)
class Where:
    """In which module and function an expression stands."""

    module: Module
    function: Function | None


@cache
def modules() -> Mapping[str, Module]:
    found: dict[str, Module] = {}
    # What other tests left goes now: a finalizer that runs inside of ast.parse makes Python 3.11 raise
    # "AST constructor recursion depth mismatch" (python/cpython 106905).
    gc.collect()
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            short = path.relative_to(ROOT).as_posix()
            if short.startswith(SILENT):
                continue
            dotted = short.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
            found[dotted] = _read(short, ast.parse(path.read_text(encoding="utf-8")))
    return found


def _read(path: str, tree: ast.Module) -> Module:
    functions: dict[str, Function] = {}
    imports: dict[str, tuple[str, str]] = {}
    values: dict[str, ast.expr] = {}
    nested: set[Function] = set()
    calls: list[tuple[Function | None, ast.Call]] = []
    waiting: list[tuple[ast.AST, Function | None]] = [(tree, None)]
    while waiting:
        node, function = waiting.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                functions[node.name] = node
                if function is not None:
                    nested.add(node)
                function = node
            case ast.ImportFrom(module=str(source), names=names):
                imports |= {each.asname or each.name: (source, each.name) for each in names}
            case ast.Call():
                calls.append((function, node))
        waiting += [(child, function) for child in ast.iter_child_nodes(node)]
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                values[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                values[name] = value
    return Module(path, functions, values, imports, frozenset(nested), tuple(calls))


def assigned_to(name: str, function: Function) -> Iterator[ast.expr]:
    """Yield what is given to a name within a function; what is added to it stands for a part only."""
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from _given(name, target, value)
            case ast.AnnAssign(target=ast.Name(id=found), value=ast.expr() as value):
                if found == name:
                    yield value
            case ast.AugAssign(target=ast.Name(id=found), value=value) if found == name:
                yield ast.BinOp(left=ast.Set(elts=[]), op=ast.Add(), right=value)
            case ast.NamedExpr(target=ast.Name(id=found), value=value) if found == name:
                yield value


def _given(name: str, target: ast.expr, value: ast.expr) -> Iterator[ast.expr]:
    match target:
        case ast.Name(id=found) if found == name:
            yield value
        case ast.Tuple(elts=places):
            for number, place in enumerate(places):
                if isinstance(place, ast.Name) and place.id == name:
                    match value:
                        case ast.Tuple(elts=parts):
                            yield parts[number]
                        case ast.IfExp(body=ast.Tuple(elts=some), orelse=ast.Tuple(elts=others)):
                            yield some[number]
                            yield others[number]
                        case ast.Call():
                            yield ast.Subscript(value=value, slice=ast.Constant(value=number))
                        case _:
                            yield ast.Set(elts=[])


def parameters(function: Function) -> list[str]:
    spec = function.args
    return [each.arg for each in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]


def is_alias(call: ast.Call, name: str) -> bool:
    called = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return any(called == alias for _, alias in CALLBACKS.get(name, ()))


def default_of(name: str, function: Function) -> ast.expr | None:
    spec = function.args
    pairs = zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
    return next((value for each, value in pairs if each.arg == name), None)


@cache
def callers(name: str) -> tuple[tuple[Module, Function | None, ast.Call], ...]:
    direct = tuple(_all_calls().get(name, ()))
    handed_on = tuple(
        found
        for path, alias in CALLBACKS.get(name, ())
        for found in _all_calls().get(alias, ())
        if found[0].path == path
    )
    return direct + handed_on


@cache
def _all_calls() -> Mapping[str, list[tuple[Module, Function | None, ast.Call]]]:
    """Return every call by the last word of what is called."""
    found: dict[str, list[tuple[Module, Function | None, ast.Call]]] = {}
    for module in modules().values():
        for caller, call in module.calls:
            match call.func:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    found.setdefault(name, []).append((module, caller, call))
    return found


def returned(function: Function) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value


def part_of(value: ast.expr, part: object) -> ast.expr:
    if isinstance(value, ast.Tuple) and isinstance(part, int):
        return value.elts[part]
    return value


def appended_to(name: str, function: Function) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(attr="append", value=ast.Name(id=found)), args=[text]):
                if found == name:
                    yield text
