"""Writes the tables of docs/json.md: ``python -m tests.docs.json_page`` after a change of an answer.

A key, its kind and its meaning are those of the very values that are answered.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import inspect

from bot.cli import json_answers as answers
from bot.cli import json_history as history
from engine.core.chat.story import Story
from engine.core.values import day_report as report
from engine.core.values import position_views, views

PAGE = Path(__file__).parents[2] / "docs" / "json.md"
BEGIN, END = "<!-- made by tests/docs/json_page.py: begin -->", "<!-- end -->"
ANSWERS = {
    "status": answers.StatusAnswer,
    "positions": answers.PositionsAnswer,
    "why": history.WhyAnswer,
    "check": answers.CheckAnswer,
    "report": history.ReportAnswer,
}
#: What the name of a value says to whoever reads the code, and not to whoever reads the page.
MEANINGS: dict[type, dict[str, str]] = {
    views.StatusView: {
        "venue": "the mode, by where orders go",
        "copying": "whether copying is started",
        "since": "since when it is",
        "armed_until": "until when entries are armed in LIVE",
        "killed": "whether the kill switch holds entries",
        "stream_up": "whether the master's socket is connected",
        "book_age_s": "seconds since the master's order book was read",
        "last_copy_at": "when the last copy left",
        "resting_entries": "entries of followers that work at the broker",
        "accounts": "the master first",
        "problems": "what is wrong, a line each with the mend",
        "totp_locked": "whether five wrong codes have locked what needs one",
        "frozen": "whether no entry leaves since another copy of this program was met",
        "clock_wrong": "whether no entry leaves since this machine's clock is far off the broker's",
        "open_offers": "questions that wait for a press in the chat",
        "losses": "of each limit of a daily loss, what is used of it and what it stops",
    },
    views.AccountView: {
        "name": "`master` or the follower's name",
        "user_id": "the Kite client id",
        "session": "`login`: it needs one",
        "enabled": "false: switched off in the settings",
    },
    position_views.PositionView: {
        "exchange": "Kite's word",
        "symbol": "Kite's tradingsymbol",
        "product": "Kite's word",
        "average_price": "rupees a unit; null while not known",
        "pnl": "rupees of the day; null while not known",
    },
    views.CheckLine: {
        "level": "`fail` makes the exit status 1",
        "text": "one line; where it is not well, with the mend",
    },
    Story: {"lines": "the oldest first"},
    report.CopyRow: {
        "follower": "whose part it is",
        "master_order_id": "Kite's id of the master's order",
        "exchange": "Kite's word",
        "symbol": "Kite's tradingsymbol",
        "product": "Kite's word",
        "side": "of the follower's order",
        "leg": "whether it opened or closed",
        "outcome": "what became of it",
    },
    report.FollowerDay: {
        "name": "the follower's name",
        "copied": "orders of the master that were copied",
        "missed": "orders that were missed",
        "refused": "orders that the broker refused or the exchange rejected",
        "unclear": "orders of which nobody knows yet whether they exist",
        "waiting": "orders that are not sent yet",
        "profit": "of the follower's whole account",
    },
    report.DayReport: {"venue": "where the orders went"},
}
_ATTRIBUTE = re.compile(r"^ {4,8}(\w+): (.+)$")


def meanings(kind: type) -> dict[str, str]:
    """Return what a value's docstring says of its fields, and what the page says besides."""
    told: dict[str, str] = {}
    name = ""
    _, _, listed = (kind.__doc__ or "").partition("Attributes:")
    for line in listed.splitlines():
        if found := _ATTRIBUTE.match(line):
            name, words = found.groups()
            told[name] = words
        elif name and line.strip():
            told[name] += f" {line.strip()}"
    return told | MEANINGS.get(kind, {})


def rows(kind: type, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield key, kind and meaning of every key of a value, those of the values inside below it."""
    words = meanings(kind)
    for field in inspect.type_info(kind).fields:  # type: ignore[attr-defined]
        here = f"{path}{field.encode_name}"
        told = words[field.name].rstrip(".").replace("None", "null").replace("``", "`")
        told = f"{told[0].upper()}{told[1:]}"
        name, inside, many = _kind(field.type)
        yield f"{here}{'[]' if many else ''}", name, told
        if inside is not None:
            yield from rows(inside, f"{here}{'[]' if many else ''}.")


def _kind(told: inspect.Type) -> tuple[str, type | None, bool]:
    """Return a type in words, the value inside it, and whether it is a list."""
    match told:
        case inspect.UnionType(types=types):
            (one,) = (each for each in types if not isinstance(each, inspect.NoneType))
            name, inside, many = _kind(one)
            return f"{name} or null", inside, many
        case inspect.VarTupleType(item_type=item) | inspect.FrozenSetType(item_type=item):
            name, inside, _ = _kind(item)
            return f"list of {name}", inside, True
        case inspect.TupleType(item_types=types):
            return f"[{', '.join(_kind(each)[0] for each in types)}]", None, False
        case inspect.EnumType(cls=cls):
            return " ".join(f"`{each.value}`" for each in cls), None, False
        case inspect.StructType(cls=cls) | inspect.DataclassType(cls=cls):
            return "object", cls, False
    names = {
        inspect.BoolType: "true or false",
        inspect.IntType: "number",
        inspect.FloatType: "number",
        inspect.DecimalType: "decimal as text",
        inspect.DateTimeType: "time",
        inspect.DateType: "day",
        inspect.StrType: "text",
    }
    return names[type(told)], None, False


def tables() -> str:
    """Return all answers as the page shows them."""
    parts = []
    for command, kind in ANSWERS.items():
        lines = [
            f"### copytrader {command} --json",
            "",
            "| key | kind | meaning |",
            "|---|---|---|",
        ]
        lines += [f"| `{key}` | {name} | {words} |" for key, name, words in rows(kind)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def main() -> None:
    """Write the tables into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
