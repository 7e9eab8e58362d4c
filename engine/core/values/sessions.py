"""The phases of a trading day, and the usual hours of each segment."""

from datetime import time
from enum import StrEnum, unique

from msgspec import Struct

from engine.core.values.market import Exchange


@unique
class Phase(StrEnum):
    """What a segment does at a moment."""

    PRE_OPEN = "pre-open"
    PAUSE = "pause"  #: Prices are found or matched: no orders are taken.
    CONTINUOUS = "continuous trading"
    AUCTION = "closing auction"
    AUCTION_LIMITS = "closing auction, limits only"
    CLOSED = "closed"


class Window(Struct, frozen=True, kw_only=True, gc=False):
    """A phase of a day in Indian time, from ``begins`` until just before ``ends``."""

    phase: Phase
    begins: time
    ends: time

    def __post_init__(self) -> None:
        """Refuse a window that is never open.

        Raises:
            ValueError: It ends before it begins; the loader of the calendar names the file.
        """
        if self.begins >= self.ends:
            raise ValueError(f"a session from {self.begins:%H:%M} to {self.ends:%H:%M} is empty")


def _window(phase: Phase, begins: tuple[int, int], ends: tuple[int, int]) -> Window:
    return Window(phase=phase, begins=time(*begins), ends=time(*ends))


#: Order entry before the open, and until continuous trading. Source: NSE, pre-open call auction of
#: shares; of futures since 2025-12-08.
_BEFORE = (_window(Phase.PRE_OPEN, (9, 0), (9, 8)), _window(Phase.PAUSE, (9, 8), (9, 15)))
#: A share without derivatives. Source: NSE market timings.
_SHARE = (*_BEFORE, _window(Phase.CONTINUOUS, (9, 15), (15, 30)))
#: A share with derivatives since 2026-08-03: a pause while the reference price is found, orders until
#: 15:30 at the latest, matched by 15:35. Source: SEBI circular 2026-01-16; NSE CMTR/74466.
_SHARE_AUCTIONED = (
    *_BEFORE,
    _window(Phase.CONTINUOUS, (9, 15), (15, 15)),
    _window(Phase.PAUSE, (15, 15), (15, 20)),
    _window(Phase.AUCTION, (15, 20), (15, 25)),
    _window(Phase.AUCTION_LIMITS, (15, 25), (15, 30)),
    _window(Phase.PAUSE, (15, 30), (15, 35)),
)
#: Until 15:40 since 2026-08-03. Source: NSE FAOP74467.
_DERIVATIVES = (*_BEFORE, _window(Phase.CONTINUOUS, (9, 15), (15, 40)))
#: Source: NSE, currency derivatives, market timings.
_CURRENCY = (_window(Phase.CONTINUOUS, (9, 0), (17, 0)),)
#: What is traded abroad too: until 23:30, in US winter time until 23:55. Some farm goods end earlier;
#: then the exchange refuses. Source: MCX/TRD/675/2023 and the circulars of each March and November.
_COMMODITIES = (_window(Phase.CONTINUOUS, (9, 0), (23, 30)),)
_COMMODITIES_WINTER = (_window(Phase.CONTINUOUS, (9, 0), (23, 55)),)
_USUAL = {
    Exchange.NSE: _SHARE,
    Exchange.BSE: _SHARE,
    Exchange.NFO: _DERIVATIVES,
    Exchange.BFO: _DERIVATIVES,
    Exchange.CDS: _CURRENCY,
    Exchange.MCX: _COMMODITIES,
}
#: When the evening session begins on a day whose morning is a holiday. Source: MCX, trading holidays 2026.
MCX_EVENING = time(17, 0)

#: When the broker begins to square intraday positions off and takes no fresh ones. Source: Zerodha
#: support, "auto square-off timings for open intraday positions", read 2026-11-27. It was not said
#: anew for the closing auction and for derivatives until 15:40.
_MIS_UNTIL = {
    Exchange.NSE: time(15, 20),
    Exchange.BSE: time(15, 20),
    Exchange.NFO: time(15, 25),
    Exchange.BFO: time(15, 25),
    Exchange.CDS: time(16, 45),
}
#: Commodities: so long before the close. Source: the same page.
_MIS_MCX_BEFORE_MINUTES = 25
#: Currency contracts end at noon of their last day. Source: NSE, currency derivatives, contract
#: specifications ("two working days prior to the last business day of the expiry month at 12:30 pm").
_CURRENCY_EXPIRY = time(12, 30)


def usual_windows(exchange: Exchange, *, auctioned: bool, us_winter: bool) -> tuple[Window, ...]:
    """Return the phases of a segment's usual day, in order.

    Args:
        exchange: The segment.
        auctioned: Whether it is a share whose day ends with the closing auction.
        us_winter: Whether the USA have standard time on that day.
    """
    if exchange is Exchange.MCX and us_winter:
        return _COMMODITIES_WINTER
    if auctioned and exchange in (Exchange.NSE, Exchange.BSE):
        return _SHARE_AUCTIONED
    return _USUAL[exchange]


def closes(windows: tuple[Window, ...]) -> time | None:
    """Return when a day's last phase ends; None where there is none."""
    return max((each.ends for each in windows), default=None)


def contract_ends(exchange: Exchange, windows: tuple[Window, ...]) -> time | None:
    """Return when a contract ends on its last day; None where that day has no sessions.

    Some commodities end earlier than their segment; the list of instruments does not tell which.
    """
    last = closes(windows)
    if last is None or exchange is not Exchange.CDS:
        return last
    return min(last, _CURRENCY_EXPIRY)


def mis_until(exchange: Exchange, windows: tuple[Window, ...]) -> time | None:
    """Return from when no intraday position is entered any more on a day that has sessions.

    None where that is not known: on a day that begins after the usual time (an evening session of shares).
    """
    last = max(each.ends for each in windows)
    if exchange is Exchange.MCX:
        return time(*divmod(last.hour * 60 + last.minute - _MIS_MCX_BEFORE_MINUTES, 60))
    usual = _MIS_UNTIL[exchange]
    return usual if windows[0].begins < usual else None
