"""Asks each account's broker what can be asked without an order: whose session, what it may trade, what it has."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from msgspec.structs import replace

from engine.core.values.margins import MarginLeg
from engine.core.values.market import AccountName, Exchange, OrderType, Product, Side
from engine.core.values.orders import Funds
from engine.core.values.proofs import AccountProof, Silence, WayOut
from engine.errors import BrokerError, PermissionDenied, RateLimited, SessionExpired
from engine.ports import AccountReader, QuoteReader

T = TypeVar("T")

#: Seconds for all that one account is asked; one read is given up after 7 s, as by Kite's own SDK.
PROBE_S = 10.0
#: Accounts asked at once. All of a thousand at once, each with its handshakes, keep each other from answering
#: within :data:`PROBE_S`: measured on two cores, where one takes some 10 ms.
AT_ONCE = 20
#: How often a read is tried that Kite answers with 429: at a start everything is read at once, and that an
#: account's reads are counted says nothing against it.
TRIES = 4
#: One share of a company that stays listed, only to have its margin calculated: nothing is placed.
_ONE_SHARE = MarginLeg(
    exchange=Exchange.NSE,
    symbol="INFY",
    side=Side.BUY,
    product=Product.CNC,
    order_type=OrderType.LIMIT,
    quantity=1,
    price=Decimal(1000),
)


class Skew:
    """Remembers by how much our clock was ahead at the newest answer, and passes it on."""

    def __init__(self, told: Callable[[timedelta], None]) -> None:
        self._told = told
        self.newest: timedelta | None = None

    def __call__(self, ahead: timedelta) -> None:
        """Take what an answer told."""
        self.newest = ahead
        self._told(ahead)


class AccountProber:
    """Asks one account.

    Args:
        name: The account.
        user_id: The Kite client id that the settings name.
        reader: Its reads.
        way_out: Tells how its requests leave.
        skew: What its answers tell of our clock.
        quotes: Its prices, where its app must have any: the master's.
    """

    def __init__(
        self,
        name: AccountName,
        user_id: str,
        reader: AccountReader,
        *,
        way_out: Callable[[], Awaitable[WayOut]],
        skew: Skew,
        quotes: QuoteReader | None = None,
    ) -> None:
        self.name = name
        self._user_id = user_id
        self._reader = reader
        self._way_out = way_out
        self._skew = skew
        self._quotes = quotes

    async def probe(self) -> AccountProof:
        """Ask; bounded, and never raises: what was not told is said so."""
        nothing = AccountProof(account=self.name, user_id=self._user_id)
        try:
            async with asyncio.timeout(PROBE_S), asyncio.TaskGroup() as group:
                way = group.create_task(self._way())
                proof = group.create_task(self._profile(nothing))
                funds = group.create_task(self._funds())
                forbidden = group.create_task(self._forbidden())
                no_prices = group.create_task(self._no_prices())
        except TimeoutError:
            why = f"no answer within {PROBE_S:.0f} s"
            return replace(nothing, silence=Silence.NOT_REACHED, why=why)
        return replace(
            proof.result(),
            way=way.result(),
            funds=funds.result(),
            forbidden=forbidden.result(),
            no_prices=no_prices.result(),
            ahead=self._skew.newest,
        )

    async def _way(self) -> WayOut:
        return await self._way_out()

    async def _profile(self, nothing: AccountProof) -> AccountProof:
        try:
            return replace(nothing, profile=await _in_time(self._reader.profile))
        except SessionExpired as error:
            silence, why = Silence.SESSION_ENDED, str(error)
        except PermissionDenied as error:
            silence, why = Silence.FORBIDDEN, str(error)
        except BrokerError as error:
            silence, why = Silence.NOT_REACHED, str(error)
        return replace(nothing, silence=silence, why=" ".join(why.split()))

    async def _funds(self) -> Funds | None:
        try:
            return await _in_time(self._reader.funds)
        except BrokerError:
            return None

    async def _forbidden(self) -> str:
        """Return Kite's words where it refuses a calculation by POST as such; any other answer is none."""
        try:
            await _in_time(lambda: self._reader.basket_margin((_ONE_SHARE,), timeout_s=PROBE_S))
        except PermissionDenied as error:
            return " ".join(str(error).split())
        except BrokerError:
            return ""
        return ""

    async def _no_prices(self) -> str:
        """Return Kite's words where it refuses this app prices, and so the socket."""
        quotes = self._quotes
        if quotes is None:
            return ""
        try:
            await _in_time(lambda: quotes.quotes((f"{_ONE_SHARE.exchange}:{_ONE_SHARE.symbol}",)))
        except PermissionDenied as error:
            return " ".join(str(error).split())
        except BrokerError:
            return ""
        return ""


async def _in_time(read: Callable[[], Awaitable[T]]) -> T:
    """Read, and wait and read again where the broker's limit of reads in a second is in the way."""
    for _ in range(TRIES - 1):
        try:
            return await read()
        except RateLimited as error:
            await asyncio.sleep(error.retry_after.total_seconds())
    return await read()


def _unheard(_count: int) -> None:
    return None


async def prove(
    probers: Iterable[AccountProber], *, answered: Callable[[int], None] = _unheard
) -> tuple[AccountProof, ...]:
    """Ask all accounts, :data:`AT_ONCE` at a time.

    Args:
        probers: Of each account, the master first.
        answered: Told how many have answered, each time one has.

    Returns:
        What each told, in the same order.
    """
    count = 0
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(prober: AccountProber) -> AccountProof:
        nonlocal count
        async with gate:
            proof = await prober.probe()
        count += 1
        answered(count)
        return proof

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(prober)) for prober in probers]
    return tuple(task.result() for task in tasks)
