"""Every text an alert can have, read out of the program's own code.

There is no list of alerts to read: an alert is raised where its reason is found. So every call that raises one is looked
up, and its text is worked out from the expression it is given: what is fixed stands as it is, what is
put in at run time is ``HOLE``. An expression that cannot be followed gives a text of nothing but a hole; the
test of the runbook refuses those.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("engine", "bot", "storage")
#: Nothing here raises an alert or words one; a test sees to it. Left out to be quick.
SILENT = ("bot/cli/", "bot/pictures/", "bot/settings", "engine/brokers/kite/")
#: How an alert is raised.
RAISES = ("Faulted(", "Notice(", ".tell(", ".tell_once(")
HOLE = "…"
#: How far calls are followed, and how many texts one call may have: enough for all there are today.
_DEPTH = 6
_MOST = 64
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
    "_no_metrics": (("bot/metrics/server.py", "_failed"),),
}
#: Texts that are changed on their way, so that the function which returns them is looked at.
RETURNED_BY = {"bot/app/process.py:_begin": ("storage.reserve", "fault")}
#: Told without a notice of the engine: the chat's own, and the name of its text.
BESIDES = (("bot.chat.render", "left_out", "text"),)
#: What passes on what it is given: who gives it is looked at instead.
_PASS_ON = frozenset(
    f"engine/core/{each}"
    for each in ("state/turn.py:tell", "state/turn.py:tell_once", "decide.py:_take")
)
#: What writes figures: always a hole.
_FIGURES = frozenset(
    {"in_rupees", "in_decimals", "grouped", "signed", "span", "clock_time", "_rupees", "rupees"}
)

Texts = tuple[str, ...]
_UNKNOWN: Texts = (HOLE,)
_FIELD = re.compile(r"\{[^{}]*\}")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A call that raises an alert.

    Attributes:
        place: ``path:function``, as a person would look it up.
        texts: What it can say; ``HOLE`` where something is put in.
    """

    place: str
    texts: Texts


@dataclass(frozen=True, slots=True)
class _Module:
    path: str
    functions: Mapping[str, _Function]
    values: Mapping[str, ast.expr]
    imports: Mapping[str, tuple[str, str]]
    nested: frozenset[_Function]
    calls: tuple[tuple[_Function | None, ast.Call], ...]


@dataclass(frozen=True, slots=True)
class _Where:
    """In which module and function an expression stands."""

    module: _Module
    function: _Function | None


def sites() -> Iterator[Site]:
    """Return every call that raises an alert, with all it can say."""
    yield from _besides()
    for module in _modules().values():
        for function, call in _calls(module):
            text = _text_of(call)
            place = f"{module.path}:{function.name if function else ''}"
            if text is not None and place not in _PASS_ON:
                where = _Where(module, function)
                if place in RETURNED_BY:
                    source, name = RETURNED_BY[place]
                    texts = _of_call(name, _Where(_modules()[source], None), _DEPTH)
                else:
                    texts = _worked_out(text, where, _DEPTH)
                yield Site(
                    place=place,
                    texts=tuple(each for each in texts if each and each == each.rstrip()),
                )


def _besides() -> Iterator[Site]:
    for name, function, text in BESIDES:
        module = _modules()[name]
        where = _Where(module, module.functions[function])
        yield Site(place=f"{module.path}:{function}", texts=_of_name(text, where, _DEPTH))


def _text_of(call: ast.Call) -> ast.expr | None:
    """Return the expression of an alert's text, or None where a call raises none."""
    named = {word.arg: word.value for word in call.keywords}
    match call.func:
        case ast.Attribute(attr="tell" | "tell_once") if "topic" in named and len(call.args) > 1:
            return call.args[1]
        case ast.Name(id="Faulted"):
            return named.get("text")
        case ast.Name(id="Notice"):
            return named.get("text")
        case ast.Name(id="Sent"):
            # What a channel could not deliver to some; the forwarder tells it.
            return named.get("but")
    return None


@cache
def _modules() -> Mapping[str, _Module]:
    found: dict[str, _Module] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            short = path.relative_to(ROOT).as_posix()
            if short.startswith(SILENT):
                continue
            dotted = short.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
            found[dotted] = _read(short, ast.parse(path.read_text(encoding="utf-8")))
    return found


def _read(path: str, tree: ast.Module) -> _Module:
    functions: dict[str, _Function] = {}
    imports: dict[str, tuple[str, str]] = {}
    values: dict[str, ast.expr] = {}
    nested: set[_Function] = set()
    calls: list[tuple[_Function | None, ast.Call]] = []
    waiting: list[tuple[ast.AST, _Function | None]] = [(tree, None)]
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
    return _Module(path, functions, values, imports, frozenset(nested), tuple(calls))


def _calls(module: _Module) -> Iterator[tuple[_Function | None, ast.Call]]:
    return iter(module.calls)


def _worked_out(node: ast.expr, where: _Where, depth: int) -> Texts:  # noqa: C901, PLR0911, PLR0912 - one row a kind of expression
    """Return what an expression can come to."""
    if depth < 0:
        return _UNKNOWN
    match node:
        case ast.Constant(value=str(text)):
            return (text,)
        case ast.JoinedStr(values=parts):
            return _glued([_worked_out(part, where, depth) for part in parts])
        case ast.FormattedValue(value=value, format_spec=None, conversion=-1):
            return _worked_out(value, where, depth - 1)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _glued([_worked_out(left, where, depth), _worked_out(right, where, depth)])
        case ast.IfExp(body=body, orelse=other):
            return _united([_worked_out(body, where, depth), _worked_out(other, where, depth)])
        case ast.BoolOp(values=values):
            return _united([_worked_out(value, where, depth) for value in values])
        case ast.Subscript(value=ast.Name(id=name)) if name in where.module.values:
            return _any_value(where.module.values[name], where, depth - 1)
        case ast.Subscript(value=ast.Call(func=ast.Name(id=name)), slice=ast.Constant(value=part)):
            return _of_call(name, where, depth - 1, part=part)
        case ast.Name(id=name):
            return _of_name(name, where, depth - 1)
        case ast.Call(func=ast.Attribute(attr="join", value=ast.Constant(value=str(glue)))):
            return _joined(glue, node.args[0], where, depth - 1)
        case ast.Call(func=ast.Attribute(attr="strip" | "rstrip" | "removesuffix", value=value)):
            return tuple(each.rstrip() for each in _worked_out(value, where, depth))
        case ast.Call(func=ast.Attribute(attr="format", value=value)):
            return tuple(_FIELD.sub(HOLE, each) for each in _worked_out(value, where, depth))
        case ast.Call(func=ast.Name(id=name)) if name not in _FIGURES:
            return _of_call(name, where, depth - 1)
        case ast.Call(func=ast.Attribute(attr=name)) if name in where.module.functions:
            return _of_call(name, where, depth - 1)
    return _UNKNOWN


def _any_value(table: ast.expr, where: _Where, depth: int) -> Texts:
    match table:
        case ast.Dict(values=values):
            return _united([_worked_out(value, where, depth) for value in values])
        case ast.Call(args=[ast.Dict() as inner]):
            return _any_value(inner, where, depth)
    return _UNKNOWN


def _of_name(name: str, where: _Where, depth: int) -> Texts:
    """Return what a name can stand for: what is assigned to it here, what callers give, or a constant."""
    module, function = where.module, where.function
    if function is not None:
        assigned = list(_assigned(name, function))
        if assigned:
            return _united([_worked_out(value, where, depth) for value in assigned])
        if name in _parameters(function):
            return _of_parameter(name, where, depth)
    if name in module.values:
        return _worked_out(module.values[name], _Where(module, None), depth)
    if name in module.imports:
        source, original = module.imports[name]
        other = _modules().get(source)
        if other is not None and original in other.values:
            return _worked_out(other.values[original], _Where(other, None), depth)
    return _UNKNOWN


def _assigned(name: str, function: _Function) -> Iterator[ast.expr]:
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


def _parameters(function: _Function) -> list[str]:
    spec = function.args
    return [each.arg for each in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]


def _of_parameter(name: str, where: _Where, depth: int) -> Texts:
    """Return what callers give for a parameter, anywhere in the program."""
    function = where.function
    assert function is not None
    if function in where.module.nested:
        return _UNKNOWN  # made to be handed on: no call names it
    positional = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    place = positional.index(name) if name in positional else None
    default = _default(name, function)
    found: list[Texts] = [] if default is None else [_worked_out(default, where, depth)]
    for module, caller, call in _callers(function.name):
        is_method = positional[:1] == ["self"] and isinstance(call.func, ast.Attribute)
        number = None if place is None else place - is_method
        named = {word.arg: word.value for word in call.keywords}
        if name in named:
            found.append(_worked_out(named[name], _Where(module, caller), depth))
        elif number is not None and _is_alias(call, function.name):
            # Bound to an account on its way, so that only the last of them are given.
            given = number - (len(positional) - is_method - len(call.args))
            found.append(_worked_out(call.args[given], _Where(module, caller), depth))
        elif number is not None and number < len(call.args):
            found.append(_worked_out(call.args[number], _Where(module, caller), depth))
    return _united(found) or _UNKNOWN


def _is_alias(call: ast.Call, name: str) -> bool:
    called = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return any(called == alias for _, alias in CALLBACKS.get(name, ()))


def _default(name: str, function: _Function) -> ast.expr | None:
    spec = function.args
    pairs = zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
    return next((value for each, value in pairs if each.arg == name), None)


@cache
def _callers(name: str) -> tuple[tuple[_Module, _Function | None, ast.Call], ...]:
    direct = tuple(_all_calls().get(name, ()))
    handed_on = tuple(
        found
        for path, alias in CALLBACKS.get(name, ())
        for found in _all_calls().get(alias, ())
        if found[0].path == path
    )
    return direct + handed_on


@cache
def _all_calls() -> Mapping[str, list[tuple[_Module, _Function | None, ast.Call]]]:
    """Return every call by the last word of what is called."""
    found: dict[str, list[tuple[_Module, _Function | None, ast.Call]]] = {}
    for module in _modules().values():
        for caller, call in _calls(module):
            match call.func:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    found.setdefault(name, []).append((module, caller, call))
    return found


def _of_call(name: str, where: _Where, depth: int, *, part: object = None) -> Texts:
    """Return what a function of ours can return, or the part of that number."""
    module = where.module
    if name not in module.functions and name in module.imports:
        source, name = module.imports[name]
        if source not in _modules():
            return _UNKNOWN
        module = _modules()[source]
    function = module.functions.get(name)
    if function is None:
        return _UNKNOWN
    inside = _Where(module, function)
    returned = [_worked_out(_part_of(value, part), inside, depth) for value in _returned(function)]
    return _united(returned) or _UNKNOWN


def _returned(function: _Function) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value


def _part_of(value: ast.expr, part: object) -> ast.expr:
    if isinstance(value, ast.Tuple) and isinstance(part, int):
        return value.elts[part]
    return value


def _joined(glue: str, lines: ast.expr, where: _Where, depth: int) -> Texts:
    """Return lines put together; those of a loop or a condition are a hole, but for each that is appended."""
    if isinstance(lines, ast.Name) and where.function is not None:
        begun = [each for each in _assigned(lines.id, where.function) if isinstance(each, ast.List)]
        bases = _united([_joined(glue, each, where, depth) for each in begun]) or _UNKNOWN
        more = [_worked_out(each, where, depth) for each in _appended(lines.id, where.function)]
        return _united([bases, *(_glued([bases, texts]) for texts in more)])
    if isinstance(lines, ast.Call) and isinstance(lines.func, ast.Name):
        function = where.module.functions.get(lines.func.id)
        if function is not None and depth >= 0:
            inside = _Where(where.module, function)
            made = [_joined(glue, each, inside, depth - 1) for each in _returned(function)]
            return _united(made) or _UNKNOWN
    if isinstance(lines, ast.List | ast.Tuple):
        parts = [
            _joined(glue, each.value, where, depth - 1)
            if isinstance(each, ast.Starred)
            else _worked_out(each, where, depth)
            for each in lines.elts
        ]
        return _glued([each for part in parts for each in (part, (glue,))] + [_UNKNOWN])
    return _UNKNOWN


def _appended(name: str, function: _Function) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(attr="append", value=ast.Name(id=found)), args=[text]):
                if found == name:
                    yield text


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
