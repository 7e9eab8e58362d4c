"""Making something happen that a plan holds as data, now or later."""

from datetime import datetime
from typing import assert_never

from demo.exchange import happenings as it
from demo.exchange.exchange import Exchange


def happen(exchange: Exchange, what: it.Happening) -> None:
    """Let it happen now, and keep it on record in `Exchange.happened`.

    Raises:
        KeyError: A contract or an account is not there.
        ValueError: No cancelled order, or a price off the tick.
        KiteError: RMS refuses a conversion or a dealer's order.
    """
    _happen(exchange, what)
    exchange.happened.append((exchange.now(), what))


def happen_at(exchange: Exchange, at: datetime, what: it.Happening) -> None:
    """Let it happen at the first step of the exchange not earlier than `at`."""
    exchange.agenda.at(at, lambda: happen(exchange, what))


def _happen(exchange: Exchange, what: it.Happening) -> None:  # noqa: C901, PLR0912 - one case each
    events = exchange.events
    match what:
        case it.MarketOpens():
            events.open_market(what.exchange)
        case it.PriceMoves(exchange=market, tradingsymbol=symbol):
            exchange.set_price(market, symbol, what.price, spread_ticks=what.spread_ticks)
        case it.DepthChanges():
            exchange.set_depth(what.exchange, what.tradingsymbol, what.quantity)
        case it.CircuitLocks():
            events.lock_circuit(what.exchange, what.tradingsymbol, upper=what.upper)
        case it.ContractRestricted(exchange=market, tradingsymbol=symbol):
            events.restrict(market, symbol, what.restriction, lifted=what.lifted)
        case it.AuctionStarts():
            events.start_closing_auction(what.exchange)
        case it.AuctionNarrows():
            events.narrow_closing_auction(what.exchange)
        case it.AuctionEnds():
            events.end_closing_auction(what.exchange)
        case it.RestingCancelled():
            events.cancel_resting(
                what.user_id, exchange=what.exchange, tradingsymbol=what.tradingsymbol,
                message=what.message,
            )  # fmt: skip
        case it.SquareOff():
            events.square_off(what.user_id, exchange=what.exchange)
        case it.DealerTrades():
            events.place_by_dealer(what.user_id, what.dealer, **what.order)
        case it.LinkBreaks():
            events.break_link(what.exchange)
        case it.LinkMends():
            events.mend_link(what.exchange, refusal=what.refusal)
        case it.CancelledOrderFills():
            events.fill_cancelled(what.user_id, what.exchange, what.tradingsymbol)
        case it.PositionConverted():
            key = (what.exchange, what.tradingsymbol, what.old_product)
            events.convert(
                what.user_id, key, what.quantity, what.new_product, overnight=what.overnight
            )
        case it.PositionAdjusted():
            key = (what.exchange, what.tradingsymbol, what.product)
            events.adjust_position(what.user_id, key, what.quantity, what.price)
        case it.DeliveriesAuthorised():
            events.authorise(what.user_id, what.tradingsymbol, what.quantity)
        case it.DayEnds():
            exchange.end_day()
        case it.NextDayStarts():
            events.start_next_day()
        case it.SessionsEnd():
            _end_sessions(exchange, what.user_id)
        case _:
            _change_account(exchange, what)


def _end_sessions(exchange: Exchange, user_id: str | None) -> None:
    if user_id is None:
        exchange.sessions.flush()
    else:
        exchange.sessions.kill(user_id)


def _change_account(
    exchange: Exchange,
    what: it.BrowserLoggedIn | it.AddressesRegistered | it.SegmentsEnabled | it.PlanChanges
    | it.FundsChange,
) -> None:  # fmt: skip
    account = exchange.accounts.by_user(what.user_id)
    match what:
        case it.BrowserLoggedIn():
            account.logs_in_as = what.as_user
        case it.AddressesRegistered():
            account.allowed_ips = what.addresses
        case it.SegmentsEnabled():
            account.exchanges = what.exchanges
        case it.PlanChanges():
            account.plan = what.plan
        case it.FundsChange():
            if what.equity is not None:
                account.equity_funds = what.equity
            if what.commodity is not None:
                account.commodity_funds = what.commodity
        case _:
            assert_never(what)
