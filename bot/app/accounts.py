"""One account's adapters and what watches it: at Kite, on paper, and the lanes its orders leave by."""

import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.app.lookups import Lookups
from bot.app.reports import Reports
from bot.restart import writes_sent
from bot.settings.settings import AccountSettings, KiteSettings
from engine.brokers.kite.account import KiteAccount, KiteEndpoints
from engine.brokers.kite.deadlines import Deadlines
from engine.brokers.kite.ears import LISTEN_S, Ears
from engine.brokers.paper import PaperMarket, PaperVenue
from engine.budget import RateBudget
from engine.clock import Clock
from engine.core.state.fill_order import Doubt
from engine.core.values.events import BookRead, Event
from engine.core.values.market import MASTER, AccountName, Venue
from engine.core.values.orders import Funds, OrderRow
from engine.core.values.secrets import Secret
from engine.feed import Feed
from engine.funds_reader import FundsReader
from engine.funds_watch import FundsWatch
from engine.lanes import Lane
from engine.moment import Lookout
from engine.paper_margins import LotMargins
from engine.ports import OrderGateway
from engine.prices import PriceBoard
from engine.prober import AccountProber, Skew
from engine.reconciler import Reconciler
from engine.runner import Runner


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One account's adapters and what watches it."""

    account: KiteAccount
    feed: Feed
    reconciler: Reconciler
    reading: FundsReader
    funds: FundsWatch
    prober: AccountProber


class Accounts:
    """Builds the parts of each account over what all accounts share."""

    def __init__(
        self,
        runner: Runner,
        *,
        clock: Clock,
        prices: PriceBoard,
        lookups: Lookups,
        reports: Reports,
        recorded: Callable[[], int],
    ) -> None:
        self._runner = runner
        self._clock = clock
        self._deadlines = Deadlines()
        self._ears = Ears(clock.monotonic, for_s=LISTEN_S)
        self._prices = prices
        self._lookups = lookups
        self._reports = reports
        self._recorded = recorded

    def member(
        self, one: AccountSettings, proxy: Secret | None, *, kite: KiteSettings, tls: ssl.SSLContext
    ) -> Member:
        """Return an account at Kite, its socket, and the readers of its books and funds."""
        name = one.name
        skew = Skew(self._reports.clock_compared)
        account = KiteAccount(
            KiteEndpoints(
                api_url=kite.api_url,
                ws_url=kite.ws_url,
                login_url=kite.login_url,
                ca_file=kite.ca_file,
            ),
            name=name,
            user_id=one.user_id,
            api_key=one.api_key,
            api_secret=one.api_secret,
            # The master is never written to; followers only in LIVE.
            permit=self._lookups.may_write if name != MASTER else _never,
            clock=self._clock,
            rng=random.Random(),  # noqa: S311 - jitter of reconnects, no secret
            proxy=proxy,
            on_fault=self._reports.malformed(name),
            on_clock=skew,
            instrument_of=self._lookups.instrument_of,
            tls=tls,
            deadlines=self._deadlines,
            ears=self._ears,
        )
        feed = Feed(
            name,
            account.stream,
            clock=self._clock,
            prices=self._prices,
            offer=self._runner.offer,
        )
        reconciler = Reconciler(
            name,
            account.reader,
            clock=self._clock,
            needs=self._lookups.needs_of(name),
            offer=self._observed(feed),
            needs_fills=self._lookups.needs_fills if name == MASTER else _no_fills,
            recorded=self._recorded,
        )
        reading = FundsReader(account.reader, clock=self._clock)
        funds = FundsWatch(
            name,
            reading,
            clock=self._clock,
            every_s=partial(self._lookups.funds_every_s, name),
            offer=self._runner.offer,
        )
        prober = AccountProber(
            name,
            one.user_id,
            account.reader,
            way_out=account.way_out,
            skew=skew,
            quotes=account.reader if name == MASTER else None,
        )
        return Member(
            account=account,
            feed=feed,
            reconciler=reconciler,
            reading=reading,
            funds=funds,
            prober=prober,
        )

    def paper(
        self, name: AccountName, *, funds: Callable[[], Funds | None], lots: LotMargins
    ) -> PaperVenue:
        """Return a follower's account on paper; what it may spend is that of the real one."""
        market = PaperMarket(
            prices=self._prices,
            find=self._lookups.known_as,
            is_open=self._lookups.is_open,
            trades=self._lookups.trades,
            ends=self._lookups.ends,
            per_lot=partial(lots.per_lot, name),
        )
        return PaperVenue(
            name,
            clock=self._clock,
            market=market,
            funds=funds,
            on_row=self._reports.paper_row,
            tell=self._reports.paper_waits,
        )

    def lanes(
        self, name: AccountName, paper: PaperVenue, member: Member, *, lookout: Lookout
    ) -> dict[tuple[Venue, AccountName], Lane]:
        """Return the lanes of a follower's orders: to paper, and to Kite within its budget."""
        spent = RateBudget()
        spent.restore(
            writes_sent(self._runner.state, name),
            now=self._clock.now(),
            monotonic=self._clock.monotonic(),
        )
        ways: tuple[tuple[Venue, OrderGateway, RateBudget | None], ...] = (
            (Venue.PAPER, paper, None),
            (Venue.LIVE, member.account.gateway, spent),
        )
        return {
            (venue, name): Lane(
                gateway,
                clock=self._clock,
                lookout=lookout,
                epoch=partial(self._lookups.epoch_of, venue, name),
                answered=self._runner.offer,
                budget=budget,
            )
            for venue, gateway, budget in ways
        }

    def _observed(self, feed: Feed) -> Callable[[Event], None]:
        """Tell the socket's feed of finished book reads: they decide whether hints are trusted."""

        def offer(event: Event) -> None:
            if isinstance(event, BookRead):
                feed.book_was_read(asked_at=event.asked_at, at=event.at)
            self._runner.offer(event)

        return offer


def _never() -> bool:
    return False


def _no_fills(_rows: tuple[OrderRow, ...]) -> Doubt | None:
    return None
