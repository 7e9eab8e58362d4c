"""Followers sized by what they have and by fixed lots: the real process reads the funds by itself."""

import contextlib
import sqlite3

from demo.exchange.build import MASTER
from storage.codec import decode_record
from storage.journal import STORE_NAME
from tests.e2e.conftest import until
from tests.e2e.day import NIFTY


def held(stage, name: str, symbol: str, product: str, exchange: str) -> int:
    at = (exchange, symbol, product)
    return stage.exchange.net_positions(stage.user_id(name)).get(at, 0)


async def test_one_copies_half_since_he_has_half_and_the_other_three_lots(staged):
    stage = await staged(
        followers=2,
        settings={
            "FOLLOWERS__FATHER__SIZING": "equity",
            "FOLLOWERS__MOTHER__SIZING": "fixed_lots",
            "FOLLOWERS__MOTHER__FIXED_LOTS": "3",
        },
    )
    his = stage.exchange.accounts.by_user(MASTER)
    father = stage.exchange.accounts.by_user(stage.user_id("father"))
    father.equity_funds = his.equity_funds / 2
    await stage.log_in()
    await stage.go_live()
    await stage.start_copying()
    await until(
        lambda: funds_known(stage) == {"master", "father"},
        what=f"the funds of master and father read, of nobody else\n{stage.tail_of_log()}",
    )

    buy = {"transaction_type": "BUY", "product": "MIS"}
    stage.exchange.place_from_app(
        MASTER, exchange="NSE", tradingsymbol="RELIANCE", quantity=30, **buy
    )
    buy["product"] = "NRML"
    stage.exchange.place_from_app(MASTER, exchange="NFO", tradingsymbol=NIFTY, quantity=130, **buy)
    for name, shares, units in (("father", 15, 65), ("mother", 3, 195)):
        await until(
            lambda name=name, shares=shares, units=units: (
                held(stage, name, "RELIANCE", "MIS", "NSE") == shares
                and held(stage, name, NIFTY, "NRML", "NFO") == units
            ),
            what=f"{name} holding {shares} shares and {units} of the future\n{stage.tail_of_log()}",
        )


def funds_known(stage) -> set[str]:
    """Return whose funds the program has written down."""
    with contextlib.closing(sqlite3.connect(stage.plan.folder / "var" / STORE_NAME)) as db:
        found = db.execute("SELECT body FROM records WHERE kind = 'FundsKnown'").fetchall()
    return {decode_record("FundsKnown", body).account for (body,) in found}
