"""GTTs: conditions that outlive the day and place LIMIT orders as the user's own.

Source: Kite Connect docs, GTT; the books' own orders may fail while the GTT says ``triggered``.
"""

import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum, unique

from demo.exchange.accounts import Account
from demo.exchange.desk import Desk
from demo.exchange.gtt_requests import GttRequest
from demo.exchange.instruments import Instrument, Instruments
from demo.exchange.tickets import read_ticket
from demo.exchange.wire import KiteError, Row, bad_input, number, stamp

#: How long a GTT waits. Source: Kite Connect docs, GTT.
LIFE = timedelta(days=365)


@unique
class GttStatus(StrEnum):
    """Statuses this exchange knows of those Kite has."""

    ACTIVE = "active"
    TRIGGERED = "triggered"
    DELETED = "deleted"
    EXPIRED = "expired"


@dataclass(slots=True, kw_only=True)
class Gtt:
    """One trigger, mutable; `results` has what became of each order, None before it fires."""

    trigger_id: int
    user_id: str
    instrument: Instrument
    wanted: GttRequest
    created_at: datetime
    updated_at: datetime
    status: GttStatus = GttStatus.ACTIVE
    results: dict[int, Row] = field(default_factory=dict)

    def fired_leg(self, last: Decimal) -> int | None:
        """Return which order the last price calls for, or None."""
        for index, trigger in enumerate(self.wanted.trigger_values):
            upward = trigger > self.wanted.last_price
            if last >= trigger if upward else last <= trigger:
                return index
        return None

    def row(self) -> Row:
        """Return the row of ``GET /gtt/triggers``."""
        wanted, instrument = self.wanted, self.instrument
        common = {"exchange": instrument.exchange, "tradingsymbol": instrument.tradingsymbol}
        return {
            "id": self.trigger_id,
            "user_id": self.user_id,
            "parent_trigger": None,
            "type": wanted.kind,
            "created_at": stamp(self.created_at),
            "updated_at": stamp(self.updated_at),
            "expires_at": stamp(self.created_at + LIFE),
            "status": self.status.value,
            "condition": common
            | {
                "instrument_token": instrument.token,
                "last_price": number(wanted.last_price),
                "trigger_values": [number(each) for each in wanted.trigger_values],
            },
            "orders": [
                common | order.row() | {"result": self.results.get(index)}
                for index, order in enumerate(wanted.orders)
            ],
            "meta": {},
        }


class Gtts:
    """All GTTs of all accounts; they stay when the day ends."""

    def __init__(self, desk: Desk, instruments: Instruments) -> None:
        """Take where the orders go, and what is listed."""
        self._desk = desk
        self._instruments = instruments
        self._numbers = itertools.count(100_001)
        self._all: dict[int, Gtt] = {}

    def place(self, account: Account, wanted: GttRequest) -> int:
        """Keep a new GTT; return its id."""
        now = self._desk.now()
        gtt = Gtt(
            trigger_id=next(self._numbers),
            user_id=account.user_id,
            instrument=self._instruments[wanted.exchange, wanted.tradingsymbol],
            wanted=wanted,
            created_at=now,
            updated_at=now,
        )
        self._all[gtt.trigger_id] = gtt
        return gtt.trigger_id

    def modify(self, account: Account, trigger_id: str, wanted: GttRequest) -> int:
        """Replace what a GTT waits for; return its id.

        Raises:
            KiteError: Unknown, or no longer active.
        """
        gtt = self._active(account, trigger_id)
        gtt.instrument = self._instruments[wanted.exchange, wanted.tradingsymbol]
        gtt.wanted, gtt.updated_at = wanted, self._desk.now()
        return gtt.trigger_id

    def delete(self, account: Account, trigger_id: str) -> int:
        """Delete an active GTT; return its id.

        Raises:
            KiteError: Unknown, or no longer active.
        """
        gtt = self._active(account, trigger_id)
        gtt.status, gtt.updated_at = GttStatus.DELETED, self._desk.now()
        return gtt.trigger_id

    def rows(self, account: Account) -> list[Row]:
        """Return the GTTs of an account that were not deleted, oldest first."""
        return [
            gtt.row()
            for gtt in self._all.values()
            if gtt.user_id == account.user_id and gtt.status is not GttStatus.DELETED
        ]

    def row(self, account: Account, trigger_id: str) -> Row:
        """Return one GTT.

        Raises:
            KiteError: 404: there is no such GTT of this account.
        """
        return self._own(account, trigger_id).row()

    def watch(self) -> None:
        """Fire what the present prices call for, and let the old ones expire."""
        now = self._desk.now()
        for gtt in self._active_ones():
            listed = self._instruments.find(*gtt.instrument.key)
            if listed is None or now >= gtt.created_at + LIFE:
                gtt.status, gtt.updated_at = GttStatus.EXPIRED, now
                continue
            last = self._desk.market.touch(listed).last
            leg = gtt.fired_leg(last)
            if leg is not None:
                self._fire(gtt, leg)

    def _fire(self, gtt: Gtt, leg: int) -> None:
        now, order = self._desk.now(), gtt.wanted.orders[leg]
        gtt.status, gtt.updated_at = GttStatus.TRIGGERED, now
        account = self._desk.accounts.by_user(gtt.user_id)
        fields = gtt.wanted.order_fields(leg) | {"gtt_id": str(gtt.trigger_id)}
        order_id, reason = self._desk.ids.next(), ""
        try:
            ticket = read_ticket("regular", fields, self._instruments)
            self._desk.place(account, ticket, order_id=order_id, by_api=False)
        except KiteError as error:
            order_id, reason = "", error.message
        gtt.results[leg] = {
            "account_id": gtt.user_id,
            "exchange": gtt.wanted.exchange,
            "tradingsymbol": gtt.wanted.tradingsymbol,
            "validity": "DAY",
            **order.row(),
            "meta": json.dumps({"app_id": 1, "gtt": gtt.trigger_id}),
            "timestamp": stamp(now),
            "triggered_at": number(gtt.wanted.trigger_values[leg]),
            "order_result": {
                "status": "failed" if reason else "success",
                "order_id": order_id,
                "rejection_reason": reason,
            },
        }

    def _active_ones(self) -> Iterable[Gtt]:
        return [gtt for gtt in self._all.values() if gtt.status is GttStatus.ACTIVE]

    def _active(self, account: Account, trigger_id: str) -> Gtt:
        gtt = self._own(account, trigger_id)
        if gtt.status is not GttStatus.ACTIVE:
            raise bad_input("Trigger cannot be changed as it is not active.")
        return gtt

    def _own(self, account: Account, trigger_id: str) -> Gtt:
        gtt = self._all.get(int(trigger_id)) if trigger_id.isdecimal() else None
        if gtt is None or gtt.user_id != account.user_id:
            raise KiteError(404, "DataException", "Trigger not found.")
        return gtt
