"""The desk: accepts or refuses what accounts ask for, and keeps every order of the day."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from demo.exchange.accounts import Account, Accounts
from demo.exchange.agenda import Agenda
from demo.exchange.bands import AuctionPhase
from demo.exchange.dispatch import Dispatch
from demo.exchange.drafts import as_market, changed, draft
from demo.exchange.floor import Floor
from demo.exchange.hours import is_past_cut_off
from demo.exchange.instruments import Key
from demo.exchange.judgement import check_change, check_exit, judge, verdict
from demo.exchange.link import PROMPT, Link
from demo.exchange.margins import Purse
from demo.exchange.market import Market
from demo.exchange.orders import CHANGEABLE, Order, OrderIds, Status
from demo.exchange.portfolio import Portfolio
from demo.exchange.rules import ExchangeRules
from demo.exchange.tickets import Change, Ticket
from demo.exchange.validation import Question, check
from demo.exchange.wire import Clock, KiteError, bad_input


def _nobody() -> None:
    """Hear of an effect that nobody waits for."""


@dataclass(slots=True, kw_only=True)
class Desk:
    """All orders of all accounts.

    Attributes:
        now: Present time.
        rules: Switches.
        accounts: Whose orders these are.
        market: Prices.
        agenda: For what happens later.
        floor: Where accepted orders go.
        dispatch: How they get there.
        ids: Where order ids come from.
        portfolios: By user id.
        orders: Every order of the day by its id, oldest first.
        market_refused: Contracts that take no MARKET orders; a test may add to it.
        intraday_refused: Shares that take no MIS or CO; likewise.
        untraded: Contracts without a trade today, which take no MARKET either; likewise.
        exits: The second leg of a cover order, by the id of its entry.
    """

    now: Clock
    rules: ExchangeRules
    accounts: Accounts
    market: Market
    agenda: Agenda
    floor: Floor
    dispatch: Dispatch = field(init=False)
    ids: OrderIds
    portfolios: dict[str, Portfolio]
    orders: dict[str, Order] = field(default_factory=dict)
    market_refused: set[Key] = field(default_factory=set)
    intraday_refused: set[Key] = field(default_factory=set)
    untraded: set[Key] = field(default_factory=set)
    exits: dict[str, str] = field(default_factory=dict)
    _by_user: dict[str, list[Order]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dispatch = Dispatch(
            now=self.now, rules=self.rules, agenda=self.agenda, floor=self.floor,
            verdict=self._verdict,
        )  # fmt: skip

    def start_day(self) -> None:
        """Empty the book of all but the after-market orders that wait for the open."""
        queued = [order for order in self.orders.values() if order.status is Status.AMO_RECEIVED]
        self.orders = {order.order_id: order for order in queued}
        self.exits, self._by_user = {}, {}
        for order in queued:
            self._by_user.setdefault(order.user_id, []).append(order)

    def orders_of(self, user_id: str) -> list[Order]:
        """Return all of today's orders of an account, oldest first."""
        return list(self._by_user.get(user_id, ()))

    def purse(self, account: Account) -> Purse:
        """Return the funds of an account as they stand."""
        live = self.floor.live_of(account.user_id)
        return Purse(account, self.portfolios[account.user_id], live)

    def place(
        self, account: Account, ticket: Ticket, *, order_id: str, by_api: bool, link: Link = PROMPT
    ) -> Order:
        """Take a new order.

        Args:
            account: Whose.
            ticket: What.
            order_id: From `ids`, reserved by the caller.
            by_api: False for a person in the app.
            link: How it fares on its way to the exchange and to readers.

        Raises:
            KiteError: Refused; the book has nothing of it.
        """
        self._check(account, ticket, by_api=by_api)
        order = self._draft(account, ticket, order_id)
        purse = self.purse(account)
        if is_past_cut_off(self.rules, order, self.now()):
            check_exit(purse, order)
        rejection = judge(account, purse, order)
        if link.unknown_s:
            order.known_at = self.now() + timedelta(seconds=link.unknown_s)
        if link.hidden_s or link.unknown_s:
            hidden_s = max(link.hidden_s, link.unknown_s)
            order.visible_at = self.now() + timedelta(seconds=hidden_s)
        self._admit(order, rejection, link)
        return order

    def enter(self, order: Order) -> Order:
        """Take an order that no request waits for; a refusal ends in the book."""
        self._admit(order, self._verdict(order), PROMPT)
        return order

    def modify(
        self, account: Account, order_id: str, change: Change, *, by_api: bool,
        link: Link = PROMPT, on_effect: Callable[[], None] = _nobody,
    ) -> Order:  # fmt: skip
        """Change a resting order; `on_effect` hears when the exchange has taken the change.

        Raises:
            KiteError: Refused; the order is as it was.
        """
        order = self._resting(account, order_id, "modified")
        if order.modifications >= self.rules.limits.modifications_per_order:
            raise KiteError(
                self.rules.modification_limit_status,
                "NetworkException",
                "Maximum allowed order modifications exceeded.",
            )
        ticket = changed(order, change, self.rules)
        self._check(account, ticket, by_api=by_api)
        wanted = replace(
            self._draft(account, ticket, order_id), filled_quantity=order.filled_quantity
        )
        others = [each for each in self.floor.live_of(account.user_id) if each is not order]
        check_change(Purse(account, self.portfolios[account.user_id], others), wanted)
        if order.status is Status.AMO_RECEIVED:
            self.floor.change_queued(order, wanted)
            on_effect()
            return order

        def arrive() -> None:
            if self.floor.finish_change(order, wanted):
                on_effect()

        self.floor.begin_change(order)
        self.dispatch.carry(order, Status.MODIFY_PENDING, link, arrive)
        return order

    def cancel(
        self, account: Account, order_id: str, *, link: Link = PROMPT,
        on_effect: Callable[[], None] = _nobody,
    ) -> Order:  # fmt: skip
        """Cancel a resting order, or exit a cover order by way of either of its legs.

        `on_effect` hears when the exchange has done so.

        Raises:
            KiteError: Unknown, done, or in the middle of something.
        """
        entry = self.orders.get(order_id)
        if entry and not entry.is_live:
            order_id = self.exits.get(order_id, order_id)
        order = self._resting(account, order_id, "cancelled")
        if order.status is Status.AMO_RECEIVED:
            self.floor.end(order)
            on_effect()
            return order
        if order.parent_order_id:
            last = self.market.touch(order.instrument).last
            self.floor.change(order, as_market(order, last))
            on_effect()
            return order

        def arrive() -> None:
            self.floor.end(order)
            on_effect()

        self.floor.begin_cancel(order)
        self.dispatch.carry(order, Status.CANCEL_PENDING, link, arrive)
        return order

    def fill_whole(self, account: Account, order_id: str) -> None:
        """Fill a resting order at its own price: the fill that overtakes a request.

        Raises:
            KiteError: The order does not rest.
        """
        self.floor.fill_whole(self._resting(account, order_id, "modified"))

    def _admit(self, order: Order, rejection: tuple[str, str] | None, link: Link) -> None:
        """Put an order in the book and send it on its way, unless RMS rejects it."""
        self.orders[order.order_id] = order
        self._by_user.setdefault(order.user_id, []).append(order)
        if order.variety == "amo" and not rejection:
            self.floor.queue(order)
        else:
            self.dispatch.send(order, rejection, link)

    def _verdict(self, order: Order) -> tuple[str, str] | None:
        account = self.accounts.by_user(order.user_id)
        return verdict(account, self.purse(account), order)

    def _draft(self, account: Account, ticket: Ticket, order_id: str) -> Order:
        last = self.market.touch(ticket.instrument).last
        return draft(account, ticket, order_id=order_id, last=last, at=self.now())

    def _check(self, account: Account, ticket: Ticket, *, by_api: bool) -> None:
        check(
            Question(
                ticket=ticket,
                account=account,
                touch=self.market.touch(ticket.instrument),
                rules=self.rules,
                at=self.now(),
                by_api=by_api,
                market_refused=ticket.instrument.key in self.market_refused,
                intraday_refused=ticket.instrument.key in self.intraday_refused,
                untraded=ticket.instrument.key in self.untraded,
                auction=self.floor.auction_of(ticket.instrument),
            )
        )

    def _resting(self, account: Account, order_id: str, participle: str) -> Order:
        """Return a resting order. Source: Kite forum 9899 for the two answers."""
        if not order_id.isdecimal():
            raise bad_input("Invalid `order_id`.")
        order = self.orders.get(order_id)
        if order is None or not order.is_known_to(account.user_id, self.now()):
            raise KiteError(400, "OrderException", f"The order for ID ({order_id}) does not exist")
        fixed = "mktp" in order.kite_tags and (
            self.floor.auction_of(order.instrument) is AuctionPhase.LIMITS
        )
        if fixed or order.status not in CHANGEABLE:
            raise bad_input(f"Order cannot be {participle} as it is being processed. Try later.")
        return order
