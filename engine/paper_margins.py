"""What a lot blocks where a flat share of its value says nothing: commodities and currencies, by the broker.

The list of instruments does not tell how many units of a commodity a lot is, and margins differ widely. So
each follower's own broker is asked what one lot would block, for every such contract the master has today:
``/margins/basket``, which places nothing and is allowed in PAPER.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from engine.clock import Clock
from engine.core.decide import trading_day_of
from engine.core.state.state import State
from engine.core.values.margins import MarginLeg
from engine.core.values.market import AccountName, Exchange, OrderType, Product, Side, Venue
from engine.errors import BrokerError
from engine.ports import AccountReader

_log = logging.getLogger(__name__)

#: Seconds between looks for contracts that are new.
LOOK_S = 1.0
#: Between attempts to learn what could not be learned.
RETRY = timedelta(seconds=30)
#: Seconds until a question is given up.
GIVEN_UP_S = 5.0
_ASKED = (Exchange.MCX, Exchange.CDS)
_PRODUCTS = (Product.NRML, Product.MIS)


class _Lot(NamedTuple):
    name: AccountName
    exchange: str
    symbol: str
    product: Product
    side: Side


class LotMargins:
    """Knows what one lot blocks, per follower; asks once a trading day, one question of an account at a time."""

    def __init__(
        self,
        readers: Mapping[AccountName, AccountReader],
        *,
        clock: Clock,
        state: Callable[[], State],
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            readers: Who answers for each follower; who joins or leaves is seen at the next look.
            clock: Tells the trading day.
            state: Tells what the master trades, and who is logged in.
        """
        self._readers = readers
        self._clock = clock
        self._state = state
        self._day: date | None = None
        self._known: dict[_Lot, Decimal] = {}
        self._tried: dict[_Lot, datetime] = {}

    def per_lot(
        self, name: AccountName, exchange: str, symbol: str, product: Product, side: Side
    ) -> Decimal | None:
        """Return the rupees that a lot blocks by the broker's word of today; None while it has said nothing."""
        if self._day != trading_day_of(self._clock.now()):
            return None
        return self._known.get(_Lot(name, exchange, symbol, product, side))

    async def run(self) -> None:
        """Ask until cancelled."""
        asking: dict[AccountName, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                self._turn_day()
                on_paper = self._state().venue is Venue.PAPER
                for name in self._readers if on_paper else ():
                    if name not in asking or asking[name].done():
                        asking[name] = group.create_task(self._ask_of(name))
                await self._clock.sleep(LOOK_S)

    async def _ask_of(self, name: AccountName) -> None:
        for lot in list(self._wanted(name)):
            await self._ask(lot)

    def _turn_day(self) -> None:
        day = trading_day_of(self._clock.now())
        if self._day != day:
            self._day = day
            self._known.clear()
            self._tried.clear()

    def _wanted(self, name: AccountName) -> Iterator[_Lot]:
        state, now = self._state(), self._clock.now()
        if state.venue is not Venue.PAPER or not state.account(name).session_ok:
            return
        for key in state.master:
            if key.exchange not in _ASKED or key.product not in _PRODUCTS:
                continue
            for side in Side:
                lot = _Lot(name, key.exchange, key.symbol, key.product, side)
                tried = self._tried.get(lot)
                if lot not in self._known and (tried is None or now - tried >= RETRY):
                    yield lot

    async def _ask(self, lot: _Lot) -> None:
        self._tried[lot] = self._clock.now()
        instrument = self._state().instrument(lot.exchange, lot.symbol)
        reader = self._readers.get(lot.name)
        if instrument is None or reader is None:
            return
        leg = MarginLeg(
            exchange=lot.exchange,
            symbol=lot.symbol,
            side=lot.side,
            product=lot.product,
            order_type=OrderType.MARKET,
            quantity=instrument.lot_size,
        )
        try:
            rupees = await reader.basket_margin((leg,), timeout_s=GIVEN_UP_S)
        except BrokerError as error:
            _log.info(
                "margin of a lot not known",
                extra={"action": "paper_margin", "account": lot.name, "why": str(error)},
            )
        else:
            self._known[lot] = rupees
