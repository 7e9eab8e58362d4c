"""A ready-made exchange: one master and a family of followers."""

import random
from collections.abc import Iterable
from decimal import Decimal

from demo.exchange.accounts import Account, MarginRefusal
from demo.exchange.exchange import Exchange
from demo.exchange.faults import Fault
from demo.exchange.instruments import Instrument
from demo.exchange.rules import ExchangeRules
from demo.exchange.wire import Clock

#: The account that is copied.
MASTER = "MA0001"

_FAMILY = ("father", "mother", "brother", "sister", "uncle", "aunt", "cousin", "grandfather")


def follower_name(number: int) -> str:
    """Return what a follower is called, counted from 1: father, mother, brother and so on."""
    return _FAMILY[number - 1] if number <= len(_FAMILY) else f"follower{number}"


def follower_id(number: int) -> str:
    """Return the client id of the follower of this number (from 1)."""
    return f"FA{number:04d}"


def account_of(user_id: str, name: str, *, redirect_url: str) -> Account:
    """Return a well-to-do account whose key and secret follow from its client id.

    Like Kite's they have 16 and 32 small letters and digits, so that a wizard finds nothing odd about them.
    """
    return Account(
        user_id=user_id,
        name=name,
        api_key=f"{user_id.lower()}demoapikey",
        api_secret=f"{user_id.lower()}secretofalocalexchange0000",
        redirect_url=redirect_url,
        equity_funds=Decimal(20_000_000),
        commodity_funds=Decimal(10_000_000),
    )


def demo_exchange(  # noqa: PLR0913 - all but the first two have defaults
    now: Clock,
    rng: random.Random,
    *,
    followers: int = 3,
    poor: int | None = None,
    poor_funds: Decimal = Decimal(10_000),
    redirect_url: str = "http://127.0.0.1/",
    rules: ExchangeRules | None = None,
    faults: Iterable[Fault] = (),
    volatility_bps: float = 1.0,
    instruments: Iterable[Instrument] | None = None,
) -> Exchange:
    """Open an exchange with a master (`MA0001`) and followers (`FA0001` …).

    Args:
        now: Aware present time in Indian time.
        rng: Chance of prices and tokens.
        followers: How many.
        poor: Number (from 1) of a follower with hardly any money, whose orders RMS rejects in the
            book; None for no such follower.
        poor_funds: What that follower has, rupees.
        redirect_url: Where the login page sends the browser.
        rules: Switches.
        faults: In force from the start.
        volatility_bps: Standard deviation of one step of the price walk.
        instruments: What is listed; by default the catalogue of the day (see `wide_catalogue`).
    """
    accounts = [account_of(MASTER, "master", redirect_url=redirect_url)]
    for number in range(1, followers + 1):
        account = account_of(follower_id(number), follower_name(number), redirect_url=redirect_url)
        if number == poor:
            account.equity_funds = account.commodity_funds = poor_funds
            account.margin_refusal = MarginRefusal.IN_THE_BOOK
        accounts.append(account)
    return Exchange(
        now=now,
        rng=rng,
        accounts=accounts,
        rules=rules,
        faults=faults,
        volatility_bps=volatility_bps,
        instruments=instruments,
    )
