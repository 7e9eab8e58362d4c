"""Children that are planned one after the other are one row: what they have in common is said once.

A master's order leads to a child for every follower, and of the thirty-odd values of a ``ChildPlanned``
only the tag and whose it is differ, as a rule. Nothing but the journal's rows knows of this: a row is packed
from the records of a decision and unpacked to the very same.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import groupby, repeat
from operator import attrgetter, is_
from types import GenericAlias
from typing import Final, TypeVar, cast

import msgspec
from msgspec import Struct
from msgspec.structs import astuple, force_setattr

from engine.core.values.commands import Place
from engine.core.values.keys import Key
from engine.core.values.market import AccountName, OrderId, Tag
from engine.core.values.records import ChildPlanned, Record

Columns = dict[str, Sequence[object]]

_T = TypeVar("_T", bound=Struct)
_COMMAND, _KEY = attrgetter("command"), attrgetter("key")
#: Of a child's fields those that have fields of their own.
_APART: Final = frozenset({"command", "key"})
#: Of which types equal values may be different texts, and what tells those apart.
_WRITTEN_BY: Final[dict[type, Callable[[object], object]]] = {
    datetime: attrgetter("tzinfo"),
    Decimal: str,
}


class ChildrenPlanned(Struct, frozen=True, kw_only=True):
    """A row of two children or more, in order.

    Attributes:
        first: The first, whole.
        child: By field, the value of every one of them, the first's too; fields that all have in common
            are left out.
        command: The same of their commands; the tags are always among them.
        key: The same of their keys.
    """

    first: ChildPlanned
    child: Columns
    command: Columns
    key: Columns

    @property
    def tags(self) -> Sequence[Tag]:
        """The tags of all."""
        return self.command["tag"]  # type: ignore[return-value]

    @property
    def followers(self) -> Sequence[AccountName]:
        """Whose order each is."""
        common = [self.first.command.follower] * len(self.tags)
        return self.command.get("follower", common)  # type: ignore[return-value]

    @property
    def quantities(self) -> Sequence[int]:
        """The units of each."""
        common = [self.first.command.quantity] * len(self.tags)
        return self.command.get("quantity", common)  # type: ignore[return-value]

    @property
    def order_ids(self) -> Sequence[OrderId]:
        """The master's orders that they copy."""
        return self.child.get("order_id", (self.first.order_id,))  # type: ignore[return-value]


Row = Record | ChildrenPlanned


def packed(records: Sequence[Record]) -> list[Row]:
    """Return what the rows of an event's records hold, in order."""
    rows: list[Row] = []
    for kind, run in groupby(records, type):
        each = list(run)
        if kind is ChildPlanned and len(each) > 1:
            rows.append(_pack(cast("list[ChildPlanned]", each)))
        else:
            rows += each
    return rows


def unpacked(row: ChildrenPlanned) -> list[ChildPlanned]:
    """Return the records that were packed.

    Raises:
        LookupError, ValueError: No such row is ever written.
    """
    count = len(row.tags)
    columns = dict(_typed(ChildPlanned, row.child))
    columns["command"] = _spread(row.first.command, _typed(Place, row.command), count)
    columns["key"] = _spread(row.first.key, _typed(Key, row.key), count)
    return list(_spread(row.first, columns, count))


def _pack(children: Sequence[ChildPlanned]) -> ChildrenPlanned:
    command = _differing([*map(_COMMAND, children)])
    # There always, for its length. That one tag is planned twice is for the table to refuse.
    command.setdefault("tag", [children[0].command.tag] * len(children))
    return ChildrenPlanned(
        first=children[0],
        child=_differing(children, apart=_APART),
        command=command,
        key=_differing([*map(_KEY, children)]),
    )


def _differing(structs: Sequence[Struct], *, apart: Collection[str] = ()) -> Columns:
    """Return the columns that are not the same in all, but for those that are taken apart themselves."""
    count = len(structs)
    columns = zip(*map(astuple, structs), strict=True)
    return {
        name: column
        for name, column in zip(structs[0].__struct_fields__, columns, strict=True)
        if name not in apart
        and (
            column.count(column[0]) < count
            or (type(column[0]) in _WRITTEN_BY and not _are_written_alike(column))
        )
    }


def _are_written_alike(equal: Sequence[object]) -> bool:
    """Whether equal values are the same text: times of two zones are not, nor are 1.0 and 1.00."""
    if all(map(is_, equal, repeat(equal[0]))):
        return True  # mostly it is one object
    return len({*map(_WRITTEN_BY[type(equal[0])], equal)}) == 1


def _spread(first: _T, columns: Columns, count: int) -> Sequence[_T]:
    spread = [copy(first) for _ in range(count)]
    for name, column in columns.items():
        for each, value in zip(spread, column, strict=True):
            force_setattr(each, name, value)  # nobody has seen it yet
    return spread


def _typed(kind: type[Struct], columns: Columns) -> Columns:
    types = _types_of(kind)
    return {name: msgspec.convert(column, types[name]) for name, column in columns.items()}


@cache
def _types_of(kind: type[Struct]) -> Mapping[str, object]:
    return {field.name: GenericAlias(list, (field.type,)) for field in msgspec.structs.fields(kind)}
