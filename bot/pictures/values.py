"""What each picture shows. Pure values: nothing here draws, and nothing here loads matplotlib.

Instants are aware datetimes in IST, money and prices ``Decimal`` rupees, lags float milliseconds,
slippage float basis points. Names and symbols may be any text; the drawing shortens what is too long.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from engine.core.values.market import Side, Venue

#: From here on a table of positions is a picture: a phone held upright shows 34 columns of text.
MOST_TEXT_ROWS, MOST_TEXT_FOLLOWERS = 8, 3
_BPS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What stands on top of every picture: the mode first, then the day or the days.

    Attributes:
        first_day: Trading day, or the first of several.
        last_day: The last of several; the same as ``first_day`` for one day.

    Raises:
        ValueError: The last day is before the first.
    """

    venue: Venue
    first_day: date
    last_day: date

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise ValueError(f"last day {self.last_day} is before the first, {self.first_day}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfitLine:
    """One account's profit over the time that is shown.

    Attributes:
        name: ``master`` or a follower.
        points: (moment, rupees of profit from the beginning up to then), in any order; may be empty.
        realised: Rupees of closed positions at the end; None while not known.
        unrealised: Rupees of open positions at the end; None while not known.
    """

    name: str
    points: tuple[tuple[datetime, Decimal], ...]
    realised: Decimal | None
    unrealised: Decimal | None

    @property
    def total(self) -> Decimal | None:
        """Rupees at the end: realised and unrealised, else the newest point, else None."""
        if self.realised is not None and self.unrealised is not None:
            return self.realised + self.unrealised
        return max(self.points, key=lambda point: point[0])[1] if self.points else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyCounts:
    """What became of the master's orders for one follower; numbers of orders, from zero on.

    Attributes:
        copied: A copy of it was sent and not refused.
        skipped: Not sent, with a recorded reason.
        rejected: Sent, and refused by the broker or the exchange.
        missed: Made while the program could not see it, and not copied afterwards.
    """

    name: str
    copied: int
    skipped: int
    rejected: int
    missed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCard:
    """Profit of everybody through a day or several, and how well the day was copied.

    Attributes:
        begin: Left edge: the opening of the first market that is shown.
        end: Right edge: now, or its close. Nothing outside the edges is drawn.
        master: The master's line; None while his profit is not known.
        followers: Their lines, in the order of the settings.
        counts: One for each follower, in the same order; empty leaves that part away.
    """

    heading: Heading
    begin: datetime
    end: datetime
    master: ProfitLine | None
    followers: tuple[ProfitLine, ...]
    counts: tuple[CopyCounts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerLags:
    """One follower's copy lags, milliseconds, zero or more, in any order; may be empty."""

    name: str
    milliseconds: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LagHistogram:
    """How long copies took.

    Attributes:
        followers: In the order of the settings.
        measured: From what to what, in a few words for a trader.
    """

    heading: Heading
    followers: tuple[FollowerLags, ...]
    measured: str = "from the master's order seen to the broker's answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlippagePoint:
    """One copied order: the average prices, rupees per unit, at which both were filled.

    Attributes:
        units: Units the follower got, positive.
    """

    symbol: str
    side: Side
    master_price: Decimal
    follower_price: Decimal
    units: int

    @property
    def bps(self) -> float:
        """Basis points of the master's price; positive is worse for the follower. 0 at a zero price."""
        if not self.master_price:
            return 0.0
        worse = (self.follower_price - self.master_price) * self.side.sign
        return float(worse / abs(self.master_price) * _BPS)

    @property
    def cost(self) -> Decimal:
        """Rupees the follower paid more or got less than at the master's price."""
        return (self.follower_price - self.master_price) * self.side.sign * self.units


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerSlippage:
    """One follower's copied orders, in any order; may be empty."""

    name: str
    points: tuple[SlippagePoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlippageScatter:
    """The followers' prices against the master's; followers in the order of the settings."""

    heading: Heading
    followers: tuple[FollowerSlippage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """One account's position in one row.

    Attributes:
        units: Signed units; None while not known.
        profit: Rupees of today; None while not known.
        drift: Units missing (positive) or too many (negative) against what should be held; marked.
    """

    units: int | None
    profit: Decimal | None = None
    drift: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatRow:
    """One instrument.

    Attributes:
        symbol: Tradingsymbol.
        note: Exchange and product, as ``NFO MIS``.
        cells: The master's first, then one for each follower in the order of the columns.
    """

    symbol: str
    note: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatTable:
    """Positions of everybody, coloured by profit.

    Attributes:
        at: When the positions were read.
        followers: Names of the columns beside the master's.
        rows: Most important first: what does not fit is left out from the end, and counted.

    Raises:
        ValueError: A row has another number of cells than there are columns.
    """

    heading: Heading
    at: datetime
    followers: tuple[str, ...]
    rows: tuple[HeatRow, ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != 1 + len(self.followers):
                raise ValueError(
                    f"{row.symbol}: {len(row.cells)} cells for {1 + len(self.followers)} columns"
                )


Picture = DayCard | LagHistogram | SlippageScatter | HeatTable


def is_wide(*, rows: int, followers: int) -> bool:
    """Return whether a table of positions of this size is better a picture than text."""
    return rows > MOST_TEXT_ROWS or followers > MOST_TEXT_FOLLOWERS
