"""What came of it: how tests read a world's ledgers, copies, notices and commands."""

from typing import Any

from engine.core.state.state import State
from engine.core.values.child import Child
from engine.core.values.commands import Command, Place
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg
from engine.core.values.market import AccountName, OrderId, Product
from engine.core.values.notices import Notice, NoticeKind, SkipReason
from tests.core.core_orders import FATHER


class Readings:
    """The part of the world that changes nothing."""

    state: State
    notices: list[Notice]
    commands: list[Command]

    def key(self, symbol: str = "SBIN", name: AccountName = FATHER, **changed: Any) -> Key:
        plain: dict[str, Any] = {
            "venue": self.state.venue,
            "exchange": "NFO" if symbol.startswith("NIFTY") else "NSE",
            "product": Product.MIS,
        }
        return Key(follower=name, symbol=symbol, **(plain | changed))

    def ledger(self, symbol: str = "SBIN", name: AccountName = FATHER, **changed: Any) -> KeyBook:
        book = self.state.book(self.key(symbol, name, **changed))
        assert book is not None
        return book

    def held(self, symbol: str = "SBIN", name: AccountName = FATHER) -> int:
        return self.ledger(symbol, name).held

    def part(
        self, order_id: str = "M1", symbol: str = "SBIN", name: AccountName = FATHER
    ) -> CopyPart:
        return self.ledger(symbol, name).parts[OrderId(order_id)]

    def children(self, order_id: str, leg: Leg, name: AccountName = FATHER) -> list[Child]:
        return [
            child
            for child in self.state.children.values()
            if (child.master_order_id, child.leg, child.key.follower) == (order_id, leg, name)
        ]

    def skip_of(
        self, order_id: str = "M1", leg: Leg = Leg.ENTRY, symbol: str = "SBIN",
        name: AccountName = FATHER,
    ) -> SkipReason | None:  # fmt: skip
        found = self.part(order_id, symbol, name).skips.get(leg)
        return found.reason if found else None

    def alerts(self, containing: str = "") -> list[Notice]:
        return [
            notice
            for notice in self.notices
            if notice.kind is NoticeKind.ALERT and containing in notice.text
        ]

    def places(self) -> list[Place]:
        return [command for command in self.commands if isinstance(command, Place)]


def state_of(world: Readings, command: Place) -> IntentState:
    """Return whether we managed to say a placement."""
    return world.state.children[command.tag].state
