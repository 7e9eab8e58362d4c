"""No field of a state is left out of a snapshot: each is filled with something it never begins with, and comes back."""

import types
import typing
from collections.abc import Collection, Mapping
from dataclasses import MISSING
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction

import pytest
from msgspec import structs

from engine.core.state.accounts import Account
from engine.core.state.state import State
from engine.core.values.alert_levels import AlertPreferences
from engine.core.values.child import Child
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.exact import Exact
from engine.core.values.market import IST
from engine.core.values.rules import FollowerRules
from engine.core.values.strangers import Fence
from storage.state_codec import OF_THE_RUN, decode_state, encode_state

PLAIN = {
    int: 7, str: "x", bool: True, bytes: b"x", date: date(2026, 11, 18), time: time(9, 20),
    Decimal: Decimal("1.50"), timedelta: timedelta(seconds=3),
    datetime: datetime(2026, 11, 18, 9, 20, 1, 2, tzinfo=IST),
}  # fmt: skip
#: Linked to each other in ways of their own: see `a_full_state`.
LINKED = {"children", "open_children", "planned", "offers", "open_offers", "books", "accounts"}


def some(hint: object) -> object:  # noqa: PLR0911 - a row a kind of type
    """Return a value of a type that no field begins with."""
    hint = getattr(hint, "__supertype__", hint)
    kind, inside = typing.get_origin(hint), typing.get_args(hint)
    if hint == Exact:
        return Fraction(3, 2)
    if kind in (types.UnionType, typing.Union):
        return some(next(each for each in inside if each is not types.NoneType))
    if hint is types.NoneType or hint is None:
        return None
    if kind is list or kind is frozenset or kind is set:
        return kind([some(inside[0])])
    if kind is tuple:
        return tuple(some(each) for each in inside if each is not Ellipsis)
    if kind is not None and issubclass(kind, Mapping):
        return {some(inside[0]): some(inside[1])}
    if issubclass(hint, Enum):
        return list(hint)[-1]
    return PLAIN[hint] if hint in PLAIN else filled(hint)


def filled(kind: type, without: Collection[str] = ()):
    """Return a struct, or a dataclass, whose every field is filled."""
    if kind is FollowerRules:
        return FollowerRules(name="x", user_id="X", segment_multipliers=types.MappingProxyType({}))
    hints = typing.get_type_hints(kind)
    names = [name for name in hints if name not in without and not name.startswith("_")]
    return kind(**{name: some(hints[name]) for name in names})


def a_full_state() -> State:
    state = filled(State, without=OF_THE_RUN | LINKED)
    child: Child = some(Child)
    state.children = {child.tag: child}
    state.open_children, state.planned = dict(state.children), dict(state.children)
    offers = typing.get_type_hints(State)["offers"]
    state.offers = some(offers)
    state.open_offers = dict(state.offers)
    state.accounts = {"x": filled(Account, without={"hand_at"})}
    book: KeyBook = filled(KeyBook, without={"parts", "owed"})
    part: CopyPart = filled(CopyPart, without={"children"})
    part.children.append(child)
    book.put("x", part, contribution=Fraction(5, 3))
    book.note_fill("x", some(datetime))
    part.kept = Fraction(2, 3)
    state.books = {book.key.master: {(book.key.venue, book.key.follower): book}}
    return state


@pytest.fixture(scope="module")
def there_and_back() -> tuple[State, State]:
    state = a_full_state()
    return state, decode_state(encode_state(state))


@pytest.mark.parametrize("name", sorted({each.name for each in structs.fields(State)} - OF_THE_RUN))
def test_every_field_of_the_state_comes_back(there_and_back, name):
    state, back = there_and_back
    assert getattr(state, name) != getattr(State(), name), "filled with what it begins with"
    assert getattr(back, name) == getattr(state, name)


@pytest.mark.parametrize("kind", [KeyBook, CopyPart, Account, Fence, Child])
def test_every_field_of_what_is_in_it_was_filled(there_and_back, kind):
    """Else the test above would tell nothing of it."""
    state, _ = there_and_back
    (book,) = state.books[next(iter(state.books))].values()
    one = {
        KeyBook: book, CopyPart: book.parts["x"], Account: state.accounts["x"], Fence: state.fence,
        Child: state.children["x"],
    }[kind]  # fmt: skip
    without = {"hand_at", "_exits"}
    for each in structs.fields(kind):
        if each.name in without:
            continue
        begins = each.default if each.default is not structs.NODEFAULT else MISSING
        if begins is MISSING and each.default_factory is not structs.NODEFAULT:
            begins = each.default_factory()
        assert getattr(one, each.name) != begins, each.name


def test_what_somebody_chose_of_alerts_comes_back():
    state = State(alerts={7: AlertPreferences()})
    assert decode_state(encode_state(state)).alerts == state.alerts
