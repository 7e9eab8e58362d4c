"""Each morning what is held from earlier days is proved again, against the account itself.

Nothing is traded by it: an expired contract closes its key, and where the units are others than
yesterday a person is asked.
"""

from engine.core.state.brokernet import held_key, is_proven, observed_net
from engine.core.state.last_price import last_price
from engine.core.state.profit import reference_of
from engine.core.state.state import State
from engine.core.state.turn import Turn, topic_of
from engine.core.values import records as r
from engine.core.values.copies import KeyBook
from engine.core.values.keys import Key, MasterKey
from engine.core.values.market import AccountName, Exchange, Venue
from engine.core.values.notices import Severity

_EQUITY = frozenset({Exchange.NSE, Exchange.BSE})


def prove_held(turn: Turn, follower: AccountName) -> None:
    """Compare what an account shows with the copies it held overnight, once a day."""
    for books in list(turn.state.books.values()):
        book = books.get((Venue.LIVE, follower))
        if book is not None and book.unproven and is_proven(turn.state, book):
            _prove(turn, book)


def close_expired_paper(turn: Turn) -> None:
    """Close paper holdings of contracts that have expired: there is no account to compare with."""
    for books in list(turn.state.books.values()):
        for (venue, _), book in books.items():
            if venue is Venue.PAPER and book.held and has_expired(turn.state, book.key):
                _close_on_paper(turn, book)


def has_expired(state: State, key: Key) -> bool:
    """Return whether a derivative's last day is over.

    Past its expiry; or not listed any more, where its expiry was not recorded. A contract that is not
    listed before its expiry was renamed or dropped: that is no end by itself.
    """
    if key.exchange in _EQUITY or not len(state.instruments) or state.trading_day is None:
        return False
    instrument = state.instruments.find(key.exchange, key.symbol)
    if instrument is None:
        instrument = state.listings.get((key.exchange, key.symbol))
        if instrument is None or instrument.expiry is None:
            return True
    return instrument.expiry is not None and instrument.expiry < state.trading_day


def renamed_to(state: State, key: MasterKey | Key) -> str | None:
    """Return the symbol under which today's list has what a key was entered as; None where the same.

    By the token, which Kite keeps when a symbol changes; it is used again only after an expiry.
    """
    if not len(state.instruments) or state.instruments.find(key.exchange, key.symbol) is not None:
        return None
    kept = state.listings.get((key.exchange, key.symbol))
    now = state.instruments.by_token(kept.token) if kept is not None else None
    if kept is None or now is None:
        return None
    same = (now.exchange, now.kind, now.expiry) == (kept.exchange, kept.kind, kept.expiry)
    return now.symbol if same else None


def _prove(turn: Turn, book: KeyBook) -> None:
    net = observed_net(turn.state, held_key(book))
    if net is None or not len(turn.state.instruments):
        return
    if not net and has_expired(turn.state, book.key):
        _close(turn, book)
        return
    side = 1 if book.held > 0 else -1
    own = net - book.held
    missing = side * own < 0 and own != book.own_before
    if missing:
        _ask_about_missing(turn, book, max(0, side * net))
    elif book.own_before is not None and own != book.own_before:
        _ask_about_more(turn, book, net)
    # Where some are missing nothing on that side is the owner's own.
    turn.emit(r.HeldProved(key=book.key, own=0 if missing else own, at=turn.at))


def _close(turn: Turn, book: KeyBook) -> None:
    key, units = book.key, book.held
    turn.emit(r.HeldEnded(key=key, units=units, at=turn.at))
    turn.tell(
        Severity.WARNING,
        f"{key.follower}: {key.symbol} has expired, so its {units} copied units are closed. If it was "
        "settled in shares, those are the account's own now.",
        topic=topic_of(key.follower),
    )


def _close_on_paper(turn: Turn, book: KeyBook) -> None:
    """Close what the paper venue did not settle on the contract's last day: the program did not run, or had no price."""
    key, units = book.key, book.held
    price = last_price(turn.state, key) or reference_of(turn.state, key)
    turn.emit(r.HeldEnded(key=key, units=units, at=turn.at))
    said = "at no price that is known: what it earned or lost is in no profit"
    if price is not None:
        turn.emit(r.UnitsLeft(key=key, units=units, price=price, at=turn.at))
        said = f"at {price:f}, the last price that is known"
    turn.tell(
        Severity.WARNING,
        f"{key.follower}: {key.symbol} has expired and was not settled on its last day, so its {units} copied "
        f"units on paper are closed {said}. A settlement in shares is not simulated.",
        topic=topic_of(key.follower),
    )


def _ask_about_missing(turn: Turn, book: KeyBook, there: int) -> None:
    key = book.key
    turn.tell(
        Severity.CRITICAL,
        f"{key.follower}: of {abs(book.held)} copied {key.symbol} held overnight the account shows "
        f"{there} this morning: sold by hand, a corporate action, or not delivered yet? Nothing is "
        "traded by itself, and exits are cut to what is there. Please look in Kite.",
        topic=topic_of(key.follower),
        needs_human=True,
    )


def _ask_about_more(turn: Turn, book: KeyBook, net: int) -> None:
    key = book.key
    turn.tell(
        Severity.WARNING,
        f"{key.follower}: the account shows {net} {key.symbol} this morning, {book.held} copied and "
        f"{book.own_before} its own yesterday: a bonus, a split, or bought by hand? What is more "
        "counts as its own: it is not sold with the copies. Please look in Kite.",
        topic=topic_of(key.follower),
        needs_human=True,
    )
