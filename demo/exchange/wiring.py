"""Putting the parts of the exchange together."""

from collections.abc import Callable

from demo.exchange.accounts import Accounts
from demo.exchange.agenda import Agenda
from demo.exchange.desk import Desk
from demo.exchange.fault_plan import FaultPlan
from demo.exchange.floor import Floor
from demo.exchange.gate import Gate
from demo.exchange.gtt import Gtts
from demo.exchange.instruments import Instruments
from demo.exchange.ledger import Ledger
from demo.exchange.limits import RequestLimits
from demo.exchange.market import Market
from demo.exchange.orders import Order, OrderIds
from demo.exchange.portfolio import Portfolio
from demo.exchange.reads import Reads
from demo.exchange.rules import ExchangeRules
from demo.exchange.services import Services
from demo.exchange.sessions import Sessions
from demo.exchange.wire import Clock
from demo.exchange.writes import Writes


def open_desk(
    *,
    now: Clock,
    rules: ExchangeRules,
    accounts: Accounts,
    market: Market,
    agenda: Agenda,
    emit: Callable[[Order, str], None],
) -> Desk:
    """Return an empty desk and its floor; `emit` hears every update, in order."""
    portfolios = {account.user_id: Portfolio() for account in accounts}
    floor = Floor(now=now, rules=rules, market=market, portfolios=portfolios, emit=emit)
    return Desk(
        now=now,
        rules=rules,
        accounts=accounts,
        market=market,
        agenda=agenda,
        floor=floor,
        ids=OrderIds(now),
        portfolios=portfolios,
    )


def open_gate(  # noqa: PLR0913 - everything a request may touch
    *,
    now: Clock,
    accounts: Accounts,
    sessions: Sessions,
    instruments: Instruments,
    desk: Desk,
    gtts: Gtts,
    ledger: Ledger,
    faults: FaultPlan,
    limits: RequestLimits,
) -> Gate:
    """Return the gate in front of a desk."""
    return Gate(
        now=now,
        accounts=accounts,
        sessions=sessions,
        limits=limits,
        faults=faults,
        reads=Reads(now=now, desk=desk, instruments=instruments, market=desk.market, faults=faults),
        services=Services(desk=desk, instruments=instruments, gtts=gtts, faults=faults),
        writes=Writes(
            now=now,
            desk=desk,
            instruments=instruments,
            limits=limits,
            ledger=ledger,
            agenda=desk.agenda,
            faults=faults,
        ),
    )
