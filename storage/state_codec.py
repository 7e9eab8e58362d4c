"""A state to and from bytes, for the snapshot beside the journal; the journal itself holds records only.

What is of one run of the process alone is not written: a state that was folded from records has nothing of it.
"""

import typing
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from types import MappingProxyType

import msgspec
from msgspec.structs import fields

from engine.core.state.accounts import Account
from engine.core.state.state import State
from engine.core.values.child import Child
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.exact import Exact, exact
from engine.core.values.keys import MasterKey
from engine.core.values.market import Tag
from engine.core.values.strangers import Fence
from storage.codec import plain

#: Of one run of the process, by the state's own words, and what is put in at each start.
OF_THE_RUN = frozenset(
    {
        "wakes", "prices", "lessons", "told", "told_before", "products", "apart", "stream_up", "stream_since", "clock_level",
        "clock_ahead", "clock_hint", "unseen_since", "loss_looked_at", "loss_looks", "panic_looked_at",
        "routines_looked_at", "started_at", "heard_at", "rules", "env_rules", "env_total_loss_limit",
        "total_loss_limit", "calendar", "instruments", "owners",
    }
)  # fmt: skip


class StateNotWrittenError(Exception):
    """A state holds what a snapshot could not give back: go on without one."""


_Fields = Sequence[tuple[str, typing.Any]]


class _Alike(typing.NamedTuple):
    """How JSON, which knows no such thing, is given something alike: its type, there, and back."""

    wire: Callable[[object], object]
    out: Callable[[typing.Any], object]
    back: Callable[[typing.Any], object]


def _pairs(hint: object) -> object:
    key, value = typing.get_args(hint)
    return list[tuple[key, value]]  # type: ignore[valid-type]


_PAIRED = _Alike(_pairs, lambda mapping: list(mapping.items()), dict)
_AS_TEXT = _Alike(lambda _: str, str, exact)
_AS_TEXTS = _Alike(
    lambda _: list[str], lambda some: list(map(str, some)), lambda some: list(map(exact, some))
)
_MADE_ALIKE: Mapping[object, _Alike] = MappingProxyType({Exact: _AS_TEXT, list[Exact]: _AS_TEXTS})


class _Shape:
    """How a struct is written: field by field, a mapping whose keys JSON cannot have as pairs."""

    def __init__(
        self, kind: type[msgspec.Struct], *, without: Collection[str], more: _Fields = ()
    ) -> None:
        hints = typing.get_type_hints(kind)
        self._kind = kind
        own = (each.name for each in fields(kind) if not each.name.startswith("_"))
        self.names = [name for name in own if name not in without]
        found = ((name, _MADE_ALIKE.get(hints[name])) for name in self.names)
        self._alike = {name: alike for name, alike in found if alike is not None}
        self._alike |= {name: _PAIRED for name in self.names if _has_odd_keys(hints[name])}
        written = [
            (name, self._alike[name].wire(hints[name]) if name in self._alike else hints[name])
            for name in self.names
        ]
        self.wire = msgspec.defstruct(f"Kept{kind.__name__}", [*written, *more], array_like=True)

    def out(self, value: object, *more: object) -> msgspec.Struct:
        """Return what is written of a value."""
        found = ((name, getattr(value, name)) for name in self.names)
        alike = self._alike
        return self.wire(*(alike[n].out(v) if n in alike else v for n, v in found), *more)

    def back(self, kept: msgspec.Struct) -> typing.Any:  # noqa: ANN401 - of the kind it was made for
        """Return the value of which this was written."""
        found = ((name, getattr(kept, name)) for name in self.names)
        alike = self._alike
        return self._kind(**{n: alike[n].back(v) if n in alike else v for n, v in found})


def _has_odd_keys(hint: object) -> bool:
    if typing.get_origin(hint) is not dict:
        return False
    key = typing.get_args(hint)[0]
    key = getattr(key, "__supertype__", key)
    # msgspec makes texts of these and back (msgspec docs, "Supported Types").
    return not (isinstance(key, type) and issubclass(key, str | int | Enum))


_PART = _Shape(
    CopyPart,
    without={"children"},
    more=[("contribution", str), ("kept", str), ("children", list[Tag])],
)
_BOOK = _Shape(KeyBook, without={"parts", "owed"}, more=[("parts", list[tuple[str, _PART.wire]])])  # type: ignore[name-defined]
_ACCOUNT = _Shape(Account, without={"hand_at"})
_FENCE = _Shape(Fence, without=())
_STATE = _Shape(
    State,
    without=OF_THE_RUN
    | {"books", "children", "open_children", "planned", "open_offers", "accounts", "fence", "lent"},
)
_KEPT = msgspec.defstruct(
    "Kept",
    [
        ("state", _STATE.wire),
        ("accounts", list[_ACCOUNT.wire]),  # type: ignore[name-defined]
        ("fence", _FENCE.wire),
        ("lent", list[tuple[MasterKey, list[tuple[MasterKey, str]]]]),
        ("children", list[Child]),
        ("open_children", list[Tag]),
        ("planned", list[Tag]),
        ("open_offers", list[int]),
        ("books", list[tuple[MasterKey, list[_BOOK.wire]]]),  # type: ignore[name-defined]
    ],
    array_like=True,
)


_encoder = msgspec.json.Encoder(enc_hook=plain)
_decoder = msgspec.json.Decoder(_KEPT)


def encode_state(state: State) -> bytes:
    """Return the bytes of a state that was folded from records alone.

    Raises:
        StateNotWrittenError: It is not that, or holds what could not be given back. A bug of ours; nothing
            is lost, since the journal has it all.
    """
    _look_over(state)
    return _encoder.encode(
        _KEPT(
            _STATE.out(state),
            [_ACCOUNT.out(each) for each in state.accounts.values()],
            _FENCE.out(state.fence),
            [
                (key, [(source, str(share)) for source, share in shares.items()])
                for key, shares in state.lent.items()
            ],
            list(state.children.values()),
            list(state.open_children),
            list(state.planned),
            list(state.open_offers),
            [(key, [_book_out(b) for b in books.values()]) for key, books in state.books.items()],
        )
    )


def decode_state(body: bytes) -> State:
    """Return the state that :func:`encode_state` wrote.

    Raises:
        msgspec.MsgspecError, ValueError, LookupError: It is no such state.
    """
    kept: typing.Any = _decoder.decode(body)
    state: State = _STATE.back(kept.state)
    state.accounts = {each.name: each for each in map(_ACCOUNT.back, kept.accounts)}
    state.fence = _FENCE.back(kept.fence)
    state.lent = {
        key: {source: exact(share) for source, share in shares} for key, shares in kept.lent
    }
    children = state.children = {child.tag: child for child in kept.children}
    state.open_children = {tag: children[tag] for tag in kept.open_children}
    state.planned = {tag: children[tag] for tag in kept.planned}
    state.open_offers = {number: state.offers[number] for number in kept.open_offers}
    for key, books in kept.books:
        found = [_book_in(each, children) for each in books]
        state.books[key] = {(book.key.venue, book.key.follower): book for book in found}
    return state


def _look_over(state: State) -> None:
    """Refuse what would come back otherwise than it is."""
    blank = State()
    for name in sorted(OF_THE_RUN):
        if getattr(state, name) != getattr(blank, name):
            raise StateNotWrittenError(f"{name} is not as in a state that was just folded")
    if any(account.hand_at for account in state.accounts.values()):
        raise StateNotWrittenError("what sockets told is no part of it")
    for tags in (state.open_children, state.planned):
        if any(state.children.get(tag) is not child for tag, child in tags.items()):
            raise StateNotWrittenError("an open order is not among all orders")
    if any(state.offers.get(n) is not offer for n, offer in state.open_offers.items()):
        raise StateNotWrittenError("an open question is not among all questions")
    for books in state.books.values():
        for book in books.values():
            copies = (child for part in book.parts.values() for child in part.children)
            if any(state.children.get(child.tag) is not child for child in copies):
                raise StateNotWrittenError("the order of a ledger is not among all orders")


def _book_out(book: KeyBook) -> msgspec.Struct:
    return _BOOK.out(book, [(order_id, _part_out(part)) for order_id, part in book.parts.items()])


def _part_out(part: CopyPart) -> msgspec.Struct:
    tags = [child.tag for child in part.children]
    return _PART.out(part, str(part.contribution), str(part.kept), tags)


def _book_in(kept: typing.Any, children: dict[Tag, Child]) -> KeyBook:  # noqa: ANN401 - one of `_BOOK`
    book: KeyBook = _BOOK.back(kept)
    for order_id, one in kept.parts:
        part: CopyPart = _PART.back(one)
        part.children = [children[tag] for tag in one.children]
        book.put(order_id, part, contribution=exact(one.contribution))
        part.kept = exact(one.kept)
    return book
