"""Accounts: who may log in, with which app, and what they may do."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum, unique

from demo.exchange.wire import KiteError, Row, bad_input

#: The six segments this exchange has instruments for.
ALL_EXCHANGES = frozenset({"NSE", "BSE", "NFO", "BFO", "MCX", "CDS"})


@unique
class Plan(StrEnum):
    """The Kite Connect plan of the account's app.

    Source: Kite forum comment 52532: a Personal app has no socket and no quotes.
    """

    PAID = "paid"
    PERSONAL = "personal"


@unique
class MarginRefusal(StrEnum):
    """How a shortfall of funds is told: Kite does both.

    Source: Kite Connect docs, exceptions (``MarginException``) and orders (``status_message``).
    """

    AT_ONCE = "at_once"  #: HTTP 400 ``MarginException``; nothing appears in the book
    IN_THE_BOOK = "in_the_book"  #: HTTP 200, then a ``REJECTED`` row with the RMS text


@dataclass(slots=True, kw_only=True)
class Account:
    """One client; the fields are switches that a test may turn at any moment.

    Attributes:
        user_id: Kite client id, e.g. ``FA0001``.
        name: What people call this account.
        api_key: Key of the account's own app.
        api_secret: Secret of that app.
        redirect_url: Where the login page sends the browser.
        equity_funds: Opening cash of the equity segment, rupees.
        commodity_funds: Opening cash of the commodity segment, rupees.
        exchanges: Segments that are enabled.
        plan: Paid or Personal app.
        demat_consent: True where DDPI is signed, so delivery sales need no daily authorisation.
        allowed_ips: Addresses that may write orders; None switches the check off.
        margin_refusal: How a shortfall is told.
        logs_in_as: Client id that a new session names instead of this one, as when the browser was
            logged in as somebody else; None for the right one.
    """

    user_id: str
    name: str
    api_key: str
    api_secret: str
    redirect_url: str = "http://127.0.0.1/"
    equity_funds: Decimal = Decimal(1_000_000)
    commodity_funds: Decimal = Decimal(1_000_000)
    exchanges: frozenset[str] = field(default=ALL_EXCHANGES)
    plan: Plan = Plan.PAID
    demat_consent: bool = True
    allowed_ips: frozenset[str] | None = None
    margin_refusal: MarginRefusal = MarginRefusal.AT_ONCE
    logs_in_as: str | None = None

    def profile(self) -> Row:
        """Return the row of ``GET /user/profile``."""
        return {
            "user_id": self.user_id,
            "user_type": "individual",
            "email": f"{self.user_id.lower()}@example.com",
            "user_name": self.name.title(),
            "user_shortname": self.name.title(),
            "broker": "ZERODHA",
            "exchanges": sorted(self.exchanges),
            "products": ["CNC", "NRML", "MIS", "MTF"],
            "order_types": ["MARKET", "LIMIT", "SL", "SL-M"],
            "avatar_url": "",
            "meta": {"demat_consent": "consent" if self.demat_consent else ""},
        }

    def check_ip(self, source_ip: str) -> None:
        """Refuse an order request from an address that is not registered.

        Raises:
            KiteError: 403 ``PermissionException``; reads and sockets are not checked.

        Source: Kite forum discussion 15912 (static IPs since 2026-04-01).
        """
        if self.allowed_ips is None or source_ip in self.allowed_ips:
            return
        message = (
            f"IP ({source_ip}) is not allowed to place orders for this app. "
            "Add allowed IPs on the Kite developer console."
            if self.allowed_ips
            else "No IPs configured for this app. Add allowed IPs on the Kite developer console."
        )
        raise KiteError(403, "PermissionException", message)


class Accounts:
    """All accounts, found by client id or by api_key."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._by_user = {account.user_id: account for account in accounts}
        self._by_key = {account.api_key: account for account in self._by_user.values()}
        if len(self._by_key) != len(self._by_user):
            raise ValueError("two accounts share an api_key")

    def __iter__(self) -> Iterator[Account]:
        return iter(self._by_user.values())

    def by_user(self, user_id: str) -> Account:
        """Return the account of a client id; KeyError is the caller's own mistake."""
        return self._by_user[user_id]

    def find_key(self, api_key: str | None) -> Account | None:
        """Return the account whose app has this key, if any."""
        return self._by_key.get(api_key or "")

    def by_key(self, api_key: str | None) -> Account:
        """Return the account whose app has this key.

        Raises:
            KiteError: 400 ``InputException``: there is no such app.
        """
        account = self.find_key(api_key)
        if account is None:
            raise bad_input("Invalid `api_key`.")
        return account
