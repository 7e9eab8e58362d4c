"""When the exchanges trade, and what they take then. The days are data; only the usual hours are here."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum, unique

from msgspec import Struct, field

from engine.core.values.market import IST, Exchange, OrderType, Product
from engine.core.values.sessions import (
    MCX_EVENING,
    Phase,
    Window,
    closes,
    contract_ends,
    mis_until,
    usual_windows,
)

#: How far ahead the next session is looked for: longer than any run of holidays.
_LOOK_AHEAD = timedelta(days=15)
#: A phase without order entry that ends within this is waited for; what is longer is a closed market.
_SHORT = timedelta(minutes=15)
_TAKES_NOW = (Phase.CONTINUOUS, Phase.PRE_OPEN, Phase.AUCTION, Phase.AUCTION_LIMITS)
_STOPS = (OrderType.SL, OrderType.SL_M)


@unique
class Taken(StrEnum):
    """Whether an exchange takes a new entry at a moment."""

    NOW = "now"
    LATER = "later"  #: Within minutes, of the same day: it is waited for.
    NOT = "not"


class EntryTimes(Struct, frozen=True, kw_only=True, gc=False):
    """What the calendar says of an entry at a moment.

    Attributes:
        taken: Whether it is taken.
        since: For ``LATER``: when it will be.
        why: For ``NOT``: in words, with when it opens next where that is known.
    """

    taken: Taken
    since: datetime | None = None
    why: str = ""


_NOW = EntryTimes(taken=Taken.NOW)


class DayEnds(Struct, frozen=True, kw_only=True, gc=False):
    """When a day ends for an instrument; None of what does not come, or is not known.

    Attributes:
        square_off: From when the broker closes intraday positions and cancels their orders.
        close: When its segment takes no order any more: DAY orders end.
        expiry: When a contract ends whose last day it is.
    """

    square_off: datetime | None = None
    close: datetime | None = None
    expiry: datetime | None = None


#: Of a day that never ends, or has no sessions.
NO_END = DayEnds()


class Calendar(Struct, frozen=True, kw_only=True, gc=False):
    """The sessions of every segment over the years it knows.

    Attributes:
        holidays: Dates on which NSE does not trade, and nobody else by day; MCX trades in the evening.
        days: Sessions of a segment on a day that is not as usual; none where it is closed. They win.
        us_winter: First and last days of US standard time, when MCX trades until 23:55.
        always_open: For the demo and tests, on any day and at any hour.
        content_hash: Names the content; it changes with every day that changes. Empty: not named.
    """

    holidays: Collection[date] = frozenset()
    days: Mapping[tuple[Exchange, date], tuple[Window, ...]] = field(default_factory=dict)
    us_winter: tuple[tuple[date, date], ...] = ()
    always_open: bool = False
    content_hash: str = ""

    def windows(
        self, exchange: Exchange, day: date, *, auctioned: bool = False
    ) -> tuple[Window, ...]:
        """Return the phases of a segment's day in order; none where it is closed.

        Args:
            exchange: The segment.
            day: The date in India.
            auctioned: Whether it is a share whose day ends with the closing auction.
        """
        special = self.days.get((exchange, day))
        if special is not None:
            return special
        if day.weekday() >= 5 or (day in self.holidays and exchange is not Exchange.MCX):
            return ()
        winter = any(first <= day <= last for first, last in self.us_winter)
        usual = usual_windows(exchange, auctioned=auctioned, us_winter=winter)
        if day not in self.holidays:
            return usual
        return tuple(
            Window(phase=each.phase, begins=max(MCX_EVENING, each.begins), ends=each.ends)
            for each in usual
        )

    def session_at(self, exchange: Exchange, at: datetime, *, auctioned: bool = False) -> Phase:
        """Return which phase of its day a segment is in."""
        if self.always_open:
            return Phase.CONTINUOUS
        now = _window_at(self._of(exchange, at, auctioned=auctioned), at)
        return Phase.CLOSED if now is None else now.phase

    def is_open(self, exchange: Exchange, at: datetime) -> bool:
        """Return whether a segment is in any phase of its day, for any of its instruments."""
        return any(
            self.session_at(exchange, at, auctioned=auctioned) is not Phase.CLOSED
            for auctioned in (False, True)
        )

    def any_open(self, at: datetime) -> bool:
        """Return whether any exchange trades at an instant."""
        return any(self.is_open(exchange, at) for exchange in Exchange)

    def ends(self, exchange: Exchange, day: date, *, auctioned: bool = False) -> DayEnds:
        """Return when a segment's day ends; nothing of it on a day without sessions.

        Args:
            exchange: The segment.
            day: The date in India.
            auctioned: Whether it is a share whose day ends with the closing auction.
        """
        windows = self.windows(exchange, day, auctioned=auctioned)
        if self.always_open or not windows:
            return NO_END

        def at(moment: time | None) -> datetime | None:
            return None if moment is None else datetime.combine(day, moment, tzinfo=IST)

        return DayEnds(
            square_off=at(mis_until(exchange, windows)),
            close=at(closes(windows)),
            expiry=at(contract_ends(exchange, windows)),
        )

    def next_open(self, exchange: Exchange, at: datetime) -> datetime | None:
        """Return when continuous trading begins next, later than ``at``; None where no day is known."""
        day = at.astimezone(IST).date()
        for ahead in range(_LOOK_AHEAD.days + 1):
            for window in self.windows(exchange, day + timedelta(days=ahead)):
                begins = datetime.combine(day + timedelta(days=ahead), window.begins, tzinfo=IST)
                if window.phase is Phase.CONTINUOUS and begins > at:
                    return begins
        return None

    def entries_taken(
        self,
        exchange: Exchange,
        product: Product,
        at: datetime,
        *,
        order_type: OrderType = OrderType.LIMIT,
        auctioned: bool = False,
        pre_open: bool = True,
    ) -> EntryTimes:
        """Return whether a segment takes a new entry at a moment.

        Before the open and in the closing auction there are no stops; from 15:25 on the auction takes
        limits only. Intraday products are not entered once the broker squares them off.

        Args:
            exchange: The segment.
            product: The order's.
            at: By the broker's clock.
            order_type: As it would be sent.
            auctioned: Whether it is a share whose day ends with the closing auction.
            pre_open: Whether the instrument is in the pre-open session: shares and futures are.
        """
        if self.always_open:
            return _NOW
        windows = self._of(exchange, at, auctioned=auctioned)
        now = _window_at(windows, at)
        if now is None:
            return EntryTimes(taken=Taken.NOT, why=self._closed(exchange, at, windows))
        last = mis_until(exchange, windows)
        if product is Product.MIS and last is not None and at.astimezone(IST).time() >= last:
            why = f"intraday (MIS) is squared off from {last:%H:%M}: nothing new is taken"
            return EntryTimes(taken=Taken.NOT, why=why)
        refused = _refused_in(now.phase, order_type, pre_open=pre_open)
        if refused is None:
            return _NOW
        for window in _after(windows, now):
            begins = datetime.combine(at.astimezone(IST).date(), window.begins, tzinfo=IST)
            fits = _refused_in(window.phase, order_type, pre_open=pre_open) is None
            if fits and begins - at <= _SHORT:
                return EntryTimes(taken=Taken.LATER, since=begins)
        return EntryTimes(taken=Taken.NOT, why=f"{exchange}: {refused}")

    def _of(self, exchange: Exchange, at: datetime, *, auctioned: bool) -> tuple[Window, ...]:
        return self.windows(exchange, at.astimezone(IST).date(), auctioned=auctioned)

    def _closed(self, exchange: Exchange, at: datetime, windows: tuple[Window, ...]) -> str:
        """Say that a segment is closed, since when, and when it opens."""
        local = at.astimezone(IST)
        last = closes(windows)
        said = f"{exchange} is closed"
        if not windows:
            said += " today"
        elif last is not None and local.time() >= last:
            said += f" since {last:%H:%M}"
        opens = self.next_open(exchange, at)
        if opens is None:
            return f"{said}; when it opens is not known"
        day = "" if opens.date() == local.date() else f" on {opens:%a %d %b}"
        return f"{said}, it opens{day} at {opens:%H:%M}"


#: What is used where nobody has said when the exchanges trade.
ALWAYS_OPEN = Calendar(always_open=True)


def _window_at(windows: tuple[Window, ...], at: datetime) -> Window | None:
    local = at.astimezone(IST).time()
    return next((each for each in windows if each.begins <= local < each.ends), None)


def _after(windows: tuple[Window, ...], now: Window) -> Iterator[Window]:
    return (each for each in windows if each.begins >= now.ends)


def _refused_in(phase: Phase, order_type: OrderType, *, pre_open: bool) -> str | None:
    """Return why a phase takes no such order, or None.

    Source: NSE CMTR/74466 (closing auction: no stops, and from 15:25 no market orders); NSE, pre-open
    session (limit and market orders only).
    """
    if phase not in _TAKES_NOW:
        return "no orders are taken while prices are matched"
    if phase is Phase.CONTINUOUS:
        return None
    if phase is Phase.PRE_OPEN and not pre_open:
        return "options are not in the pre-open session"
    if order_type in _STOPS:
        return "stop orders are not taken in an auction"
    if phase is Phase.AUCTION_LIMITS and order_type is OrderType.MARKET:
        return "only limit orders are taken in the closing auction from 15:25"
    return None
