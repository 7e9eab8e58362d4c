"""Every text an alert can have, read out of the program's own code.

There is no list of alerts to read: an alert is raised where its reason is found. So every call that raises one is looked
up, and its text is worked out from the expression it is given: what is fixed stands as it is, what is
put in at run time is ``HOLE``. An expression that cannot be followed gives a text of nothing but a hole; the
test of the runbook refuses those.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from tests.docs.possible_texts import DEPTH, Texts, of_call, of_name, worked_out
from tests.docs.program_source import Where, modules

#: How an alert is raised.
RAISES = ("Faulted(", "Notice(", ".tell(", ".tell_once(")
#: Texts that are changed on their way, so that the function which returns them is looked at.
RETURNED_BY = {"bot/app/process.py:_begin": ("storage.reserve", "fault")}
#: Told without a notice of the engine: the chat's own, and the name of its text.
BESIDES = (
    ("bot.chat.render", "left_out", "text"),
    ("bot.chat.refused_start", "refusal", "text"),
)
#: What passes on what it is given: who gives it is looked at instead.
_PASS_ON = frozenset(
    f"engine/core/{each}"
    for each in ("state/turn.py:tell", "state/turn.py:tell_once", "decide.py:_take")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A call that raises an alert.

    Attributes:
        place: ``path:function``, as a person would look it up.
        texts: What it can say; ``HOLE`` where something is put in.
    """

    place: str
    texts: Texts


def sites() -> Iterator[Site]:
    """Return every call that raises an alert, with all it can say."""
    yield from _besides()
    for module in modules().values():
        for function, call in module.calls:
            text = _text_of(call)
            place = f"{module.path}:{function.name if function else ''}"
            if text is not None and place not in _PASS_ON:
                where = Where(module, function)
                if place in RETURNED_BY:
                    source, name = RETURNED_BY[place]
                    texts = of_call(name, Where(modules()[source], None), DEPTH)
                else:
                    texts = worked_out(text, where, DEPTH)
                yield Site(
                    place=place,
                    texts=tuple(each for each in texts if each and each == each.rstrip()),
                )


def _besides() -> Iterator[Site]:
    for name, function, text in BESIDES:
        module = modules()[name]
        where = Where(module, module.functions[function])
        yield Site(place=f"{module.path}:{function}", texts=of_name(text, where, DEPTH))


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
