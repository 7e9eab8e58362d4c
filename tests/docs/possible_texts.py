"""What an expression of the program can come to, as text: what is fixed as it is, the rest as ``HOLE``."""

import ast
import re
from collections.abc import Iterator
from itertools import product

from tests.docs.program_source import (
    Where,
    appended_to,
    assigned_to,
    callers,
    default_of,
    is_alias,
    modules,
    parameters,
    part_of,
    returned,
)

HOLE = "…"
#: How far calls are followed, and how many texts one call may have: enough for all there are today.
DEPTH = 6
_MOST = 64
#: What writes figures: always a hole.
_FIGURES = frozenset(
    {"in_rupees", "in_decimals", "grouped", "signed", "span", "clock_time", "_rupees", "rupees"}
)

Texts = tuple[str, ...]
_UNKNOWN: Texts = (HOLE,)
_FIELD = re.compile(r"\{[^{}]*\}")


def worked_out(node: ast.expr, where: Where, depth: int) -> Texts:  # noqa: C901, PLR0911, PLR0912 - one row a kind of expression
    """Return what an expression can come to."""
    if depth < 0:
        return _UNKNOWN
    match node:
        case ast.Constant(value=str(text)):
            return (text,)
        case ast.JoinedStr(values=parts):
            return _glued([worked_out(part, where, depth) for part in parts])
        case ast.FormattedValue(value=value, format_spec=None, conversion=-1):
            return worked_out(value, where, depth - 1)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _glued([worked_out(left, where, depth), worked_out(right, where, depth)])
        case ast.IfExp(body=body, orelse=other):
            return _united([worked_out(body, where, depth), worked_out(other, where, depth)])
        case ast.BoolOp(values=values):
            return _united([worked_out(value, where, depth) for value in values])
        case ast.Subscript(value=ast.Name(id=name)) if name in where.module.values:
            return _any_value(where.module.values[name], where, depth - 1)
        case ast.Subscript(value=ast.Call(func=ast.Name(id=name)), slice=ast.Constant(value=part)):
            return of_call(name, where, depth - 1, part=part)
        case ast.Name(id=name):
            return of_name(name, where, depth - 1)
        case ast.Call(func=ast.Attribute(attr="join", value=ast.Constant(value=str(glue)))):
            return _joined(glue, node.args[0], where, depth - 1)
        case ast.Call(func=ast.Attribute(attr="strip" | "rstrip" | "removesuffix", value=value)):
            return tuple(each.rstrip() for each in worked_out(value, where, depth))
        case ast.Call(func=ast.Attribute(attr="format", value=value)):
            return tuple(_FIELD.sub(HOLE, each) for each in worked_out(value, where, depth))
        case ast.Call(func=ast.Name(id=name)) if name not in _FIGURES:
            return of_call(name, where, depth - 1)
        case ast.Call(func=ast.Attribute(attr=name)) if name in where.module.functions:
            return of_call(name, where, depth - 1)
    return _UNKNOWN


def _any_value(table: ast.expr, where: Where, depth: int) -> Texts:
    match table:
        case ast.Dict(values=values):
            return _united([worked_out(value, where, depth) for value in values])
        case ast.Call(args=[ast.Dict() as inner]):
            return _any_value(inner, where, depth)
    return _UNKNOWN


def of_name(name: str, where: Where, depth: int) -> Texts:
    """Return what a name can stand for: what is assigned to it here, what callers give, or a constant."""
    module, function = where.module, where.function
    if function is not None:
        assigned = list(assigned_to(name, function))
        if assigned:
            return _united([worked_out(value, where, depth) for value in assigned])
        if name in parameters(function):
            return _of_parameter(name, where, depth)
    if name in module.values:
        return worked_out(module.values[name], Where(module, None), depth)
    if name in module.imports:
        source, original = module.imports[name]
        other = modules().get(source)
        if other is not None and original in other.values:
            return worked_out(other.values[original], Where(other, None), depth)
    return _UNKNOWN


def _of_parameter(name: str, where: Where, depth: int) -> Texts:
    """Return what callers give for a parameter, anywhere in the program."""
    function = where.function
    assert function is not None
    if function in where.module.nested:
        return _UNKNOWN  # made to be handed on: no call names it
    positional = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    place = positional.index(name) if name in positional else None
    default = default_of(name, function)
    found: list[Texts] = [] if default is None else [worked_out(default, where, depth)]
    for module, caller, call in callers(function.name):
        is_method = positional[:1] == ["self"] and isinstance(call.func, ast.Attribute)
        number = None if place is None else place - is_method
        named = {word.arg: word.value for word in call.keywords}
        if name in named:
            found.append(worked_out(named[name], Where(module, caller), depth))
        elif number is not None and is_alias(call, function.name):
            # Bound to an account on its way, so that only the last of them are given.
            given = number - (len(positional) - is_method - len(call.args))
            found.append(worked_out(call.args[given], Where(module, caller), depth))
        elif number is not None and number < len(call.args):
            found.append(worked_out(call.args[number], Where(module, caller), depth))
    return _united(found) or _UNKNOWN


def of_call(name: str, where: Where, depth: int, *, part: object = None) -> Texts:
    """Return what a function of ours can return, or the part of that number."""
    module = where.module
    if name not in module.functions and name in module.imports:
        source, name = module.imports[name]
        if source not in modules():
            return _UNKNOWN
        module = modules()[source]
    function = module.functions.get(name)
    if function is None:
        return _UNKNOWN
    inside = Where(module, function)
    given = [worked_out(part_of(value, part), inside, depth) for value in returned(function)]
    return _united(given) or _UNKNOWN


def _joined(glue: str, lines: ast.expr, where: Where, depth: int) -> Texts:
    """Return lines put together; those of a loop or a condition are a hole, but for each that is appended."""
    if isinstance(lines, ast.Name) and where.function is not None:
        begun = [
            each for each in assigned_to(lines.id, where.function) if isinstance(each, ast.List)
        ]
        bases = _united([_joined(glue, each, where, depth) for each in begun]) or _UNKNOWN
        more = [worked_out(each, where, depth) for each in appended_to(lines.id, where.function)]
        return _united([bases, *(_glued([bases, texts]) for texts in more)])
    if isinstance(lines, ast.Call) and isinstance(lines.func, ast.Name):
        function = where.module.functions.get(lines.func.id)
        if function is not None and depth >= 0:
            inside = Where(where.module, function)
            made = [_joined(glue, each, inside, depth - 1) for each in returned(function)]
            return _united(made) or _UNKNOWN
    if isinstance(lines, ast.List | ast.Tuple):
        parts = [
            _joined(glue, each.value, where, depth - 1)
            if isinstance(each, ast.Starred)
            else worked_out(each, where, depth)
            for each in lines.elts
        ]
        return _glued([each for part in parts for each in (part, (glue,))] + [_UNKNOWN])
    return _UNKNOWN


def _glued(parts: list[Texts]) -> Texts:
    """Return every way to put parts together; two holes side by side are one."""
    made = dict.fromkeys("".join(each) for each in _some(product(*parts)))
    return tuple(dict.fromkeys(_tidy(each) for each in made))


def _some(ways: Iterator[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    for number, way in enumerate(ways):
        if number >= _MOST:
            return
        yield way


def _tidy(text: str) -> str:
    while HOLE * 2 in text:
        text = text.replace(HOLE * 2, HOLE)
    return text


def _united(many: list[Texts]) -> Texts:
    return tuple(dict.fromkeys(text for texts in many for text in texts))[:_MOST]
