"""The paper venue and the core together over a square-off, with lives that end at any moment of it."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.restart import open_paper_rows, paper_positions
from engine.brokers.paper import PaperMarket, PaperVenue
from engine.core.values.calendar import Calendar
from engine.core.values.events import RowHinted
from engine.core.values.market import Exchange, Venue
from engine.core.values.orders import Level, OrderRow, Quote
from engine.core.values.sessions import Phase
from engine.prices import PriceBoard
from tests.core.core_world import FATHER, MORNING, World, an_order, done

CALENDAR = Calendar()
SQUARE_OFF, CLOSE = (MORNING.replace(hour=15, minute=20), MORNING.replace(hour=15, minute=30))


class House:
    """A paper account with its core; a life ends when it has told so many rows, before the next is durable."""

    def __init__(self, units: int = 10) -> None:
        self.world = World(venue=Venue.PAPER)
        self.world.master(done("M1", quantity=units))
        self.world.ack_and_fill()
        self.rows_left: int | None = None
        self.said: list[str] = []
        self.begin(MORNING)

    def begin(self, at: datetime) -> None:
        """Begin a life from what is durable."""
        self.world.now, self.rows_left = at, None
        self.world.restart()
        self.board = PriceBoard()
        self.venue = PaperVenue(
            FATHER,
            clock=self,
            market=PaperMarket(
                prices=self.board,
                find=self.world.state.listed,
                is_open=lambda exchange, at: CALENDAR.is_open(Exchange(exchange), at),
                trades=lambda exchange, symbol, at: (
                    CALENDAR.session_at(Exchange(exchange), at) is Phase.CONTINUOUS
                ),
                ends=lambda exchange, symbol, day: CALENDAR.ends(Exchange(exchange), day),
            ),
            funds=lambda: None,
            on_row=self._row,
            tell=lambda name, text: self.said.append(text),
        )
        state = self.world.state
        self.venue.restore(open_paper_rows(state, FATHER), paper_positions(state, FATHER))

    def now(self) -> datetime:
        return self.world.now

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing waits here")

    def _row(self, name, row: OrderRow) -> None:
        if self.rows_left is not None:
            self.rows_left -= 1
            if self.rows_left < 0:
                return  # the life is over: this row is told to nobody
        self.world.offer(
            RowHinted(venue=Venue.PAPER, account=name, row=row, at=self.world.now, trusted=True)
        )

    def look(self, at: datetime, *, price: int | None = 1000, units: int = 10_000) -> None:
        self.world.now = at
        if price is not None:
            self.tick(price, units=units)
        self.venue.pass_time()

    def tick(self, price: int, *, units: int = 10_000) -> None:
        level = (Level(Decimal(price), units),)
        quote = Quote(
            exchange="NSE", symbol="SBIN", instrument_token=1, last_price=Decimal(price),
            has_depth=True, bids=level, asks=level,
        )  # fmt: skip
        self.board.update([quote])

    @property
    def at_venue(self) -> int:
        return sum(row.quantity for row in self.venue.positions())

    def is_flat(self) -> bool:
        return self.world.held() == self.at_venue == 0

    def brought(self) -> list[tuple[int, Decimal]]:
        """Return what each square-off has closed by the journal, and for how much."""
        closings = self.world.ledger().closings.values()
        return [(each.units, each.rupees) for each in closings]


def test_it_comes_through_the_core_and_leaves_both_flat():
    house = House()
    house.look(SQUARE_OFF - timedelta(seconds=1))
    assert (house.world.held(), house.at_venue) == (10, 10)
    house.look(SQUARE_OFF)
    assert house.is_flat()
    assert house.brought() == [(10, 10_000)]
    assert len(house.world.alerts("squared off")) == 1
    assert not house.world.pending


@pytest.mark.parametrize("down_until", [SQUARE_OFF, CLOSE, CLOSE + timedelta(hours=2)])
def test_a_process_that_was_down_over_it_closes_at_its_next_start(down_until):
    house = House()
    house.begin(down_until)
    house.look(down_until, price=None)
    assert house.world.held() == 10, "no price, no fill"
    house.look(down_until + timedelta(seconds=3))
    assert house.is_flat()
    assert len(house.world.alerts("squared off")) == 1


def test_a_process_that_was_down_until_the_next_day_names_what_was_left():
    house = House()
    house.begin(MORNING + timedelta(days=1))
    assert house.is_flat()
    assert len(house.world.alerts("were left on paper")) == 1
    house.look(MORNING + timedelta(days=1, seconds=1))
    assert not house.world.alerts("squared off")


def test_a_resting_exit_of_the_master_is_cancelled_and_nothing_is_sent_again():
    house = House()
    house.world.master(an_order("M2", "SELL", price=1010))
    exit_ = house.world.ack()
    house.world.change(exit_, status="OPEN")
    house.begin(SQUARE_OFF)
    assert exit_.tag in {row.tag for row in open_paper_rows(house.world.state, FATHER)}
    house.look(SQUARE_OFF)
    house.world.wait(8)
    assert house.is_flat()
    assert not house.world.pending
    assert house.world.alerts("cancelled by RMS")


@settings(deadline=None, max_examples=60)
@given(
    depths=st.lists(st.integers(1, 6), min_size=1, max_size=8),
    lives=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=5),
)
def test_whenever_lives_end_every_unit_is_closed_exactly_once(depths, lives):
    """Each life tells so many rows and dies; the next begins some seconds later."""
    house, at = House(), SQUARE_OFF
    shown = iter(depths)
    for rows, pause in lives:
        house.rows_left = rows
        for _ in range(3):
            house.look(at, units=next(shown, 4))
            at += timedelta(seconds=1)
        house.begin(at + timedelta(seconds=pause))
        at += timedelta(seconds=pause)
        assert house.world.held() == house.at_venue
    while not house.is_flat() and at < SQUARE_OFF + timedelta(minutes=5):
        at += timedelta(seconds=1)
        house.look(at, units=next(shown, 4))
    assert house.is_flat()
    assert sum(units for units, _ in house.brought()) == 10
    assert sum(rupees for _, rupees in house.brought()) == 10_000
    assert len(house.world.alerts("squared off")) <= 1
    house.world.check_journal()
