"""Delivery: one holding on NSE and BSE, cut to what the account owns, and never sold short."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.chat.reading import positions_view, status_view
from engine.core.observe.drift import drift_view
from engine.core.state.accounts import Account
from engine.core.state.delivery import delivery_net
from engine.core.values import control as c
from engine.core.values.commands import RefusalKind
from engine.core.values.keys import Leg, MasterKey
from engine.core.values.market import MASTER, OrderStatus, Product, Side
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.orders import HoldingRow, PositionRow
from tests.core.core_world import FATHER, World, a_follower, an_order, done

CNC, MTF, MIS = Product.CNC, Product.MTF, Product.MIS


def a_holding(quantity: int = 0, *, symbol: str = "SBIN", **changed) -> HoldingRow:
    return HoldingRow(**({"exchange": "NSE", "symbol": symbol, "quantity": quantity} | changed))


def a_position(quantity: int, exchange: str = "NSE", product: Product = CNC) -> PositionRow:
    return PositionRow(exchange=exchange, symbol="SBIN", product=product, quantity=quantity)


def bought(units: int = 50, *, exchange: str = "NSE", world: World | None = None) -> World:
    """The follower holds a copy of what the master bought for delivery today."""
    world = world or World()
    world.master(done("M1", quantity=units, product=CNC, exchange=exchange))
    world.ack_and_fill()
    return world


def next_morning(world: World, *holdings: HoldingRow, name=FATHER) -> None:
    """A day later the same shares are holdings; everyone has logged in and copying goes on."""
    world.check_journal()
    world.master_rows.clear()
    for rows in world.rows.values():
        rows.clear()
    world.sleep(24 * 3600)
    world.wait(1)
    for each in (MASTER, *world.rules):
        world.log_in(each)
    world.master()
    world.master_positions(holdings=holdings)
    for each in world.rules:
        world.read(each)
    world.positions(name=name, holdings=holdings)
    world.go_live()
    assert world.ask(c.StartCopy()).accepted


# -- the arithmetic ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("holding", "traded", "owned"),
    [
        (a_holding(60, t1_quantity=40), 0, 100),
        # The staff's example: 50 of 60 (+40 T1) were sold today.
        (a_holding(10, t1_quantity=40, used_quantity=50), -50, 50),
        (a_holding(0, t1_quantity=10, used_quantity=90), -90, 10),
        (a_holding(60, t1_quantity=40), 5, 105),
        (a_holding(0, used_quantity=60), -60, 0),
    ],
)
def test_what_is_owned_now_counts_no_sale_twice(holding, traded, owned):
    rows = (a_position(traded),) if traded else ()
    account = Account(name=FATHER, positions=rows, holdings=(holding,))
    assert delivery_net(account, MasterKey(exchange="NSE", symbol="SBIN", product=CNC)) == owned
    assert delivery_net(account, MasterKey(exchange="BSE", symbol="SBIN", product=CNC)) == owned


def test_both_exchanges_and_every_symbol_of_the_isin_are_one_share():
    account = Account(
        name=FATHER,
        positions=(a_position(-5, "BSE"), a_position(7, product=MIS)),
        holdings=(
            a_holding(10, exchange="BSE", isin="INE1"),
            a_holding(20, symbol="SBIN-OLD", isin="INE1"),
            a_holding(1000, symbol="INFY", isin="INE2"),
        ),
    )
    assert delivery_net(account, MasterKey(exchange="NSE", symbol="SBIN", product=CNC)) == 25


def test_shares_under_mtf_are_counted_apart_and_once():
    holding = a_holding(10, mtf_quantity=30, mtf_used_quantity=20)
    key = MasterKey(exchange="NSE", symbol="SBIN", product=MTF)
    carried = PositionRow(
        exchange="NSE", symbol="SBIN", product=MTF, quantity=30, overnight_quantity=50
    )
    sold = a_position(-20, product=MTF)
    for row in (sold, carried):
        account = Account(name=FATHER, positions=(row,), holdings=(holding,))
        assert delivery_net(account, key) == 30
    alone = Account(name=FATHER, positions=(carried,), holdings=())
    assert delivery_net(alone, key) == 30


def test_what_was_not_read_and_what_has_no_row_is_not_known():
    key = MasterKey(exchange="NSE", symbol="SBIN", product=CNC)
    assert delivery_net(Account(name=FATHER, positions=()), key) is None
    assert delivery_net(Account(name=FATHER, holdings=()), key) is None
    assert delivery_net(Account(name=FATHER, positions=(), holdings=()), key) is None


# -- exits ------------------------------------------------------------------------------------


def test_an_exit_is_cut_to_the_shares_that_are_left():
    world = bought(50)
    next_morning(world, a_holding(0, t1_quantity=50))
    world.positions(a_position(-20), holdings=(a_holding(0, t1_quantity=30, used_quantity=20),))
    world.master(done("X1", "SELL", quantity=50, product=CNC))
    assert world.place().quantity == 30
    assert world.alerts("the exit is cut to 30")


def test_the_owners_own_shares_are_not_sold():
    world = World()
    world.positions(holdings=(a_holding(100),))
    bought(50, world=world)
    world.wait(5)
    # He sold 80 of his 100 by hand, so 70 of the 150 are left: 50 copies would eat into his 20.
    world.positions(a_position(-30), holdings=(a_holding(70, used_quantity=30),))
    world.master(done("X1", "SELL", quantity=50, product=CNC))
    assert world.ledger(product=CNC).own == 100
    assert not world.pending, "all that is left is his own, as far as can be told"


@pytest.mark.parametrize("exit_on", ["NSE", "BSE"])
@pytest.mark.parametrize("bought_on", ["NSE", "BSE"])
def test_shares_bought_on_one_exchange_are_sold_where_the_master_sells(bought_on, exit_on):
    world = bought(50, exchange=bought_on)
    next_morning(world, a_holding(0, t1_quantity=50, exchange="NSE"))
    world.master(done("X1", "SELL", quantity=20, product=CNC, exchange=exit_on))
    world.master(done("X2", "SELL", quantity=30, product=CNC, exchange="NSE"))
    sent = [world.ack_and_fill() for _ in range(2)]
    assert [(each.exchange, each.side, each.quantity) for each in sent] == [
        (exit_on, Side.SELL, 20),
        ("NSE", Side.SELL, 30),
    ]
    assert world.ledger(product=CNC, exchange=bought_on).held == 0
    assert not world.pending
    world.check_journal()


def test_bought_and_sold_on_two_exchanges_in_one_day_ends_flat():
    world = bought(50)
    world.master(done("X1", "SELL", quantity=50, product=CNC, exchange="BSE"))
    assert world.ack_and_fill().exchange == "BSE"
    assert world.ledger(product=CNC).held == 0
    world.master(done("M2", quantity=10, product=CNC, exchange="BSE"))
    assert world.ack_and_fill().exchange == "BSE", "an entry goes where the master's went"
    assert world.ledger(product=CNC).held == 10


def test_an_intraday_sale_on_another_exchange_is_no_exit():
    world = World()
    world.master(done("M1", quantity=50))
    world.ack_and_fill()
    world.master(done("X1", "SELL", quantity=50, exchange="BSE"))
    sent = world.ack_and_fill()
    assert (sent.exchange, sent.product, sent.priority) == ("BSE", MIS, "entry")


def test_a_master_who_sells_what_was_never_seen_of_him_makes_nobody_short():
    world = World()
    world.master(done("M1", "SELL", quantity=50, product=CNC))
    assert not world.pending
    assert world.ledger(product=CNC).parts["M1"].skips[Leg.ENTRY].reason is (
        SkipReason.SHORT_DELIVERY
    )
    (alert,) = world.alerts("cannot be sold short")
    assert alert.severity is Severity.CRITICAL
    # He is not short now: what he buys next is an entry.
    world.master(done("M2", quantity=10, product=CNC))
    assert world.ack_and_fill().priority == "entry"
    assert world.ledger(product=CNC).held == 10


def test_what_he_sells_beyond_what_he_had_is_an_exit_up_to_it():
    world = bought(50)
    world.master(done("X1", "SELL", quantity=80, product=CNC))
    assert world.ack_and_fill().quantity == 50
    assert world.ledger(product=CNC).held == 0
    assert not world.pending


# -- T1 and authorisation ---------------------------------------------------------------------


def test_a_sale_of_t1_shares_is_sent_and_named_once():
    world = bought(50)
    next_morning(world, a_holding(10, t1_quantity=40))
    world.master(an_order("X1", "SELL", quantity=30, product=CNC, price="105"))
    assert world.place().quantity == 30
    (alert,) = world.alerts("T1 shares")
    assert "20 of the 30" in alert.text
    assert alert.severity is Severity.WARNING
    world.wait(2)
    assert len(world.alerts("T1 shares")) == 1


def test_a_sale_of_settled_shares_says_nothing():
    world = bought(50)
    next_morning(world, a_holding(50, t1_quantity=40))
    world.master(done("X1", "SELL", quantity=90, product=CNC))
    assert world.place().quantity == 50
    assert not world.alerts("T1 shares")


AUTHORISE = "50 quantity needs authorisation at depository."


def test_an_exit_that_needs_a_tpin_goes_out_again_when_a_person_says_so():
    world = bought(50)
    next_morning(world, a_holding(50))
    world.master(done("X1", "SELL", quantity=50, product=CNC))
    world.refuse(world.place(), RefusalKind.HOLDINGS, AUTHORISE, http_status=428)
    (alert,) = world.alerts("Authorise the sale in Kite with your TPIN")
    assert alert.needs_human
    assert "/resume father" in alert.text
    world.wait(60)
    assert not world.pending, "never by itself"
    father = next(a for a in status_view(world.state, now=world.now).accounts if a.name == FATHER)
    assert (father.held_up, father.paused) == (1, False)
    world.restart()
    world.read()
    world.positions(holdings=(a_holding(50),))
    reply = world.ask(c.ResumeFollower(follower=FATHER))
    assert "1 exit that" in reply.text
    assert not world.pending, "its book is read first"
    world.read()
    sent = world.ack_and_fill()
    assert (sent.side, sent.quantity) == (Side.SELL, 50)
    assert world.ledger(product=CNC).held == 0
    world.check_journal()


def test_a_resume_sends_it_once_however_often_it_is_refused():
    world = bought(50)
    next_morning(world, a_holding(50))
    world.master(done("X1", "SELL", quantity=50, product=CNC))
    for _ in range(3):
        world.refuse(world.place(), RefusalKind.HOLDINGS, AUTHORISE, http_status=428)
        world.wait(5)
        assert not world.pending
        world.ask(c.ResumeFollower(follower=FATHER))
        world.read()
    assert len(world.children("X1", Leg.EXIT)) == 4


def test_a_refused_exit_that_only_rested_waits_for_consent_too_when_his_own_fills():
    world = bought(50)
    next_morning(world, a_holding(50))
    world.master(an_order("X1", "SELL", 50, product=CNC, order_type="LIMIT", price=Decimal(100)))
    resting = world.place()
    world.master(
        done("X1", "SELL", quantity=50, product=CNC, order_type="LIMIT", price=Decimal(100))
    )
    world.refuse(resting, RefusalKind.HOLDINGS, AUTHORISE, http_status=428)
    world.wait(30)
    assert not world.pending, "at the market it needs the same consent"
    assert len(world.alerts("with your TPIN")) == 1
    world.ask(c.ResumeFollower(follower=FATHER))
    world.read()
    assert world.ack_and_fill().quantity == 50
    assert world.ledger(product=CNC).held == 0


def test_a_rejection_for_want_of_shares_waits_in_the_same_way():
    world = bought(50)
    next_morning(world, a_holding(50))
    world.master(done("X1", "SELL", quantity=50, product=CNC))
    child = world.ack()
    world.change(
        child,
        status=OrderStatus.REJECTED,
        status_message="RMS:Rule: Check holdings including BTST holdings",
    )
    assert world.alerts("sees no shares to sell")
    world.wait(5)
    assert not world.pending
    world.ask(c.ResumeFollower(follower=FATHER))
    world.read()
    assert world.place().quantity == 50


def test_another_refusal_of_an_exit_is_not_sent_again_by_resume():
    world = bought(50)
    world.master(done("X1", "SELL", quantity=50, product=CNC))
    world.refuse(world.place(), RefusalKind.MARGIN, "no funds")
    assert "go out again" not in world.ask(c.ResumeFollower(follower=FATHER)).text
    assert not world.pending


# -- what people see --------------------------------------------------------------------------


def line(world: World, name=FATHER) -> tuple[int | None, int]:
    (account,) = positions_view(world.state, name)
    (found,) = [row for row in account.rows if row.symbol == "SBIN" and row.product is CNC]
    return found.net, found.copied


def test_positions_show_holdings_as_lines_with_what_is_left_of_them():
    world = bought(50)
    next_morning(world, a_holding(30, t1_quantity=50), a_holding(7, symbol="INFY"))
    assert line(world) == (80, 50)
    assert line(world, MASTER) == (80, 0)
    holding = a_holding(10, t1_quantity=50, used_quantity=20)
    world.wait(5)
    world.positions(a_position(-20, "BSE"), holdings=(holding,))
    assert line(world) == (60, 50)


def test_a_holding_that_nobody_copies_is_no_line_and_no_pnl_of_the_day():
    world = World()
    world.positions(holdings=(a_holding(7, symbol="INFY"),))
    (father,) = positions_view(world.state, FATHER)
    assert father.rows == ()


def test_diff_counts_holdings_and_does_not_miss_them_where_they_were_not_read():
    world = bought(50)
    next_morning(world, a_holding(0, t1_quantity=50))
    assert drift_view(world.state)[0].rows == ()
    world.wait(5)
    world.positions(a_position(-20), holdings=(a_holding(0, t1_quantity=30, used_quantity=20),))
    (row,) = drift_view(world.state)[0].rows
    assert (row.copied, row.observed) == (50, 30)


# -- the invariant ----------------------------------------------------------------------------

_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["BUY", "SELL"]),
        st.sampled_from(["NSE", "BSE"]),
        st.integers(1, 60),
        st.integers(0, 30),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(own=st.integers(0, 40), multiplier=st.sampled_from(["0.5", "1", "1.7"]), steps=_STEPS)
def test_whatever_is_traded_no_exit_takes_more_than_the_account_has(own, multiplier, steps):
    """Master's orders on both exchanges, hands that sell, mornings between: never short."""
    world = World(a_follower(multiplier=multiplier))
    account, traded, master, masters_day = own, 0, 0, 0

    def read() -> None:
        used = max(0, -traded)
        world.positions(
            a_position(traded), holdings=(a_holding(account - used, used_quantity=used),)
        )

    read()
    for number, (side, exchange, units, by_hand, night) in enumerate(steps):
        sign = 1 if side == "BUY" else -1
        world.master(done(f"M{number}", side, quantity=units, product=CNC, exchange=exchange))
        masters_day = max(-master, masters_day + sign * units)
        while world.pending:
            sent = world.ack(world.place())
            has = account + traded
            assert sent.side is Side.BUY or sent.quantity <= has
            world.fill(sent)
            traded += sent.side.sign * sent.quantity
        hand = min(by_hand, account + traded)
        traded -= hand
        world.wait(4, step=4)
        read()
        assert all(b.held >= 0 for books in world.state.books.values() for b in books.values())
        if night:
            account, traded = account + traded, 0
            master, masters_day = master + masters_day, 0
            next_morning(world, a_holding(account))
            world.master_positions(holdings=(a_holding(master),))
    world.check_journal()
