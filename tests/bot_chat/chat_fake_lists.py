"""The half of the fake desk that proposes: /sync, open positions, /detach."""

import asyncio

from msgspec.structs import replace

from engine.core.values.control import (
    CopyPositions,
    Reply,
    SyncCopies,
)
from engine.core.values.position_views import DetachProposal, LegsMargin, SyncProposal


class FakeLists:
    """Lists that a test puts in, and whether the one that was confirmed is still the same."""

    def __init__(self) -> None:
        self.proposed = SyncProposal(orders=(), left=(), mark="none")
        self.open_positions = SyncProposal(orders=(), left=(), mark="none")
        self.copied = DetachProposal(rows=(), mark="none")
        self.margins: tuple[LegsMargin, ...] = ()
        self.margin_gate: asyncio.Event | None = None

    def _marked(self, request) -> Reply:
        lists = {SyncCopies: self.proposed, CopyPositions: self.open_positions}
        known = lists.get(type(request), self.copied)
        if request.mark != known.mark:
            return Reply(accepted=False, text="changed.", op="7f3f")
        detach = known is self.copied
        return Reply(accepted=True, text="handed back." if detach else "on their way.", op="7f40")

    def sync_proposal(self, follower):
        orders = tuple(o for o in self.proposed.orders if follower in (None, o.follower))
        return replace(self.proposed, orders=orders)

    def positions_proposal(self, without=()):
        orders = tuple(o for o in self.open_positions.orders if o.follower not in without)
        return replace(self.open_positions, orders=orders, without=tuple(without))

    async def affordable_positions(self):
        if self.margin_gate is not None:
            await self.margin_gate.wait()
        short = tuple(each.follower for each in self.margins if each.is_short)
        return replace(self.positions_proposal(short), margins=self.margins)

    def detach_proposal(self, follower, symbol):
        rows = tuple(row for row in self.copied.rows if symbol in (None, row.symbol))
        return replace(self.copied, rows=rows)
