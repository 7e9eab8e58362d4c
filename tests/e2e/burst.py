"""A burst of the master's, and what must be true of it however often the program ended meanwhile."""

import sqlite3
from collections import Counter
from contextlib import closing

from demo.exchange.build import MASTER
from demo.exchange.ledger import Act
from demo.stage import Stage

BURST = ("RELIANCE", "INFY", "SBIN", "TCS", "HDFCBANK", "M&M")


def buy(stage: Stage, symbol: str, units: int = 5) -> None:
    """Let the master buy NSE shares intraday from the Kite app."""
    stage.exchange.place_from_app(
        MASTER,
        exchange="NSE",
        tradingsymbol=symbol,
        transaction_type="BUY",
        quantity=units,
        product="MIS",
    )


def buy_burst(stage: Stage) -> None:
    """Let him buy everything at once."""
    for symbol in BURST:
        buy(stage, symbol)


def orders(stage: Stage) -> Counter:
    """Return how many orders the exchange took, by account and symbol."""
    return Counter(
        (record.user_id, record.fields["tradingsymbol"])
        for record in stage.exchange.ledger.placed()
    )


def missing(stage: Stage, symbols: tuple[str, ...] = BURST) -> list[tuple[str, str]]:
    """Return what a follower has no order for and no card of the chat explains to him by name."""
    found = orders(stage)
    cards = [m.text for m in stage.trader.messages() if "COPY #" in m.text or "UNKNOWN" in m.text]
    return [
        (name, symbol)
        for name in stage.names
        for symbol in symbols
        if not found[(stage.user_id(name), symbol)]
        and not any(f" {symbol} " in card and name in card for card in cards)
    ]


def all_settled(stage: Stage) -> bool:
    """Whether every placement in the journal has its answer, as SQLite itself tells.

    What was journalled and never reached the broker stays UNKNOWN until two minutes prove it absent;
    what did reach him must be found.
    """
    path = stage.plan.folder / "var" / "journal.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        (verdict,) = db.execute("PRAGMA integrity_check").fetchone()
        assert verdict == "ok"
        open_ones = db.execute(
            "SELECT tag, state FROM intents WHERE state IN ('PLANNED', 'SENDING', 'UNKNOWN')"
        ).fetchall()
        (total,) = db.execute("SELECT count(*) FROM intents").fetchone()
    arrived = {record.tag for record in stage.exchange.ledger.order_writes()}
    return total > 0 and all(state == "UNKNOWN" and tag not in arrived for tag, state in open_ones)


def nothing_twice(stage: Stage) -> None:
    """Fail where a follower got a second order for one of the master's, or a tag left twice."""
    found = orders(stage)
    assert max(found.values(), default=0) <= 1, found
    # A cancel or a change names its order, and has no tag.
    writes = stage.exchange.ledger.order_writes()
    tags = Counter(record.tag for record in writes if record.act is Act.PLACE)
    assert all(tag for tag in tags), "a tag on every order"
    assert not (tags - Counter(set(tags))), "one request per tag, ever"
