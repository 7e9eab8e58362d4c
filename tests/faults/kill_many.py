"""Kills the real process at random moments of a burst, and again while it recovers, three deep.

python -m tests.faults.kill_many --kills 200 --seed 1      prints counts; ends with 1 at a broken promise

Real sockets, a real SIGKILL: what the exchange took, what the journal says and what the chat was told
must agree after every round, whatever the moment was.
"""

import argparse
import asyncio
import logging
import random
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from demo.exchange.build import MASTER
from demo.stage import Plan, Stage
from engine.clock import SystemClock
from engine.core.chat.offer_view import open_questions
from engine.core.state.fold import apply
from engine.core.state.state import State
from engine.core.values.child import Child
from engine.core.values.copies import KeyBook
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import Side, Venue
from engine.core.values.offers import Offer, OfferKind
from storage.codec import decode_row
from storage.journal import STORE_NAME

SYMBOLS = ("RELIANCE", "INFY", "SBIN", "TCS", "HDFCBANK", "M&M", "J&KBANK")
#: A start that is not killed again gets this long until everything agrees.
SETTLES_S = 45.0
#: How long /status may take to be answered.
ANSWERS_S = 15.0
DEEPEST = 3
#: Questions that explain why a copy is held though the master is out.
_ABOUT_EXITS = frozenset({OfferKind.EXIT, OfferKind.UNKNOWN, OfferKind.STUCK, OfferKind.ORPHAN})


class BrokenPromiseError(AssertionError):
    """Exchange, journal and chat do not agree; the text says in what."""


@dataclass(slots=True)
class Tally:
    """What a run came to.

    Attributes:
        never_left: Tags that were journalled as SENDING and died with the process before a byte of
            them left, by leg.
        asked: Of those exits, the ones about which a person was asked with a button.
        in_status: How often /status was asked while a question was open, and said so.
        unknown: What was still not settled at the end, by state.
    """

    rounds: int = 0
    kills: int = 0
    in_recovery: int = 0
    master_orders: int = 0
    orders: int = 0
    never_left: dict[str, Leg] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    in_status: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def line(self) -> str:
        """Return it for people."""
        unknown = ", ".join(f"{n} {state}" for state, n in sorted(self.unknown.items())) or "none"
        return (
            f"{self.kills} SIGKILLs ({self.in_recovery} during recovery) in {self.rounds} rounds, "
            f"{self.seconds:.0f} s: {self.master_orders} orders of the master, {self.orders} of "
            f"followers, none twice, none lost; died between journal and wire: "
            f"{self._of(Leg.ENTRY)} entries, {self._of(Leg.EXIT)} exits, {len(self.asked)} of these "
            f"asked about with a button by now; /status named open questions {self.in_status} times; "
            f"at the end: {unknown}"
        )

    def _of(self, leg: Leg) -> int:
        return sum(each is leg for each in self.never_left.values())


async def run(*, kills: int, seed: int, folder: Path, followers: int = 2) -> Tally:
    """Kill at least so many times and check after every round.

    Raises:
        BrokenPromiseError: With the seed, the round and the end of the log.
    """
    clock, tally = SystemClock(), Tally()
    began = clock.monotonic()
    stage = Stage(Plan(folder=folder, followers=followers, seed=seed, latency_s=0.04))
    await stage.open()
    try:
        await stage.start_program()
        await stage.log_in()
        await stage.go_live()
        await stage.start_copying()
        while tally.kills < kills:
            # A stream for each round: a round more or less moves no other.
            rng = random.Random(f"{seed}:{tally.rounds}")
            await _round(stage, rng, tally)
            tally.rounds += 1
            try:
                await _until_they_agree(stage)
                _note(stage, tally)
                await _look_at_status(stage, tally)
            except BrokenPromiseError as broken:
                raise BrokenPromiseError(
                    f"seed {seed}, round {tally.rounds}: {broken}\n{stage.tail_of_log()}"
                ) from None
    finally:
        await stage.close()
    tally.orders = len(stage.exchange.ledger.placed())
    tally.unknown = Counter(
        child.state.value
        for child in _state(stage).children.values()
        if child.state in (IntentState.UNKNOWN, IntentState.ABSENT, IntentState.NEEDS_HUMAN)
    )
    tally.seconds = clock.monotonic() - began
    return tally


async def _round(stage: Stage, rng: random.Random, tally: Tally) -> None:
    """Trade, kill, perhaps kill again while it recovers, and start it for good."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_trade(stage, rng, tally))
        await asyncio.sleep(rng.uniform(0.0, 0.5))
        await _kill(stage, tally)
        for _ in range(rng.randrange(DEEPEST)):
            await stage.launch_program()
            await _some_way_into_the_start(stage, rng)
            await _kill(stage, tally)
            tally.in_recovery += 1
    await stage.start_program()


async def _trade(stage: Stage, rng: random.Random, tally: Tally) -> None:
    """Let the master enter or leave some symbols at once, one after the other within half a second."""
    for symbol in rng.sample(SYMBOLS, k=rng.randint(2, len(SYMBOLS))):
        net = stage.exchange.net_positions(MASTER).get(("NSE", symbol, "MIS"), 0)
        stage.exchange.place_from_app(
            MASTER,
            exchange="NSE",
            tradingsymbol=symbol,
            transaction_type="SELL" if net > 0 else "BUY",
            quantity=abs(net) or rng.randint(1, 9),
            product="MIS",
        )
        tally.master_orders += 1
        await asyncio.sleep(rng.uniform(0.0, 0.08))


async def _kill(stage: Stage, tally: Tally) -> None:
    stage.kill_program()
    await stage.stop_program()
    tally.kills += 1


async def _some_way_into_the_start(stage: Stage, rng: random.Random) -> None:
    """Wait until it has begun, and a moment more; or a moment while it loads."""
    if rng.random() < 0.25:
        await asyncio.sleep(rng.uniform(0.0, 1.0))
        return
    log = stage.plan.folder / "program.log"
    before = log.read_text().count(" runs in ")
    for _ in range(600):
        if log.read_text().count(" runs in ") > before or not stage.program_runs:
            break
        await asyncio.sleep(0.01)
    await asyncio.sleep(rng.choice((0.0, rng.uniform(0.0, 0.05), rng.uniform(0.0, 0.6))))


async def _until_they_agree(stage: Stage) -> None:
    """Wait until exchange, journal and chat agree; what may never happen is looked at each time."""
    clock = SystemClock()
    until, wrong = clock.monotonic() + SETTLES_S, [""]
    while wrong:
        _never(stage)
        wrong = _disagreements(stage)
        if wrong and clock.monotonic() > until:
            raise BrokenPromiseError("; ".join(wrong))
        await asyncio.sleep(0.1)


def _note(stage: Stage, tally: Tally) -> None:
    """Note what never left, and about which exits a person was asked."""
    state = _state(stage)
    for child in _never_left(stage, state):
        assert child.sent_at is not None, "what was never journalled as SENDING cannot be in doubt"
        tally.never_left[child.tag] = child.leg
        if child.leg is Leg.EXIT and _offers_of(state, child):
            tally.asked.add(child.tag)


def _never_left(stage: Stage, state: State) -> list[Child]:
    """Return the children in doubt of which the exchange has not heard a word."""
    heard = {record.tag for record in stage.exchange.ledger.order_writes()}
    return [
        child
        for child in state.children.values()
        if (child.state.is_unresolved or child.state is IntentState.ABSENT)
        and child.tag not in heard
    ]


def _offers_of(state: State, child: Child) -> list[Offer]:
    """Return what was asked about an exit: of one that never left, whether to send it again."""
    return [
        offer
        for offer in state.offers.values()
        if offer.question.kind in _ABOUT_EXITS
        and (offer.question.key, offer.question.order_id) == (child.key, child.master_order_id)
    ]


async def _look_at_status(stage: Stage, tally: Tally) -> None:
    """Ask /status where a question is open: it must say so."""
    asked = open_questions(_state(stage))
    if not asked:
        return
    mark = stage.trader.mark()
    stage.trader.send("/status")
    try:
        await stage.trader.expect(
            lambda message: "open: press a button" in message.text, ANSWERS_S, since=mark
        )
    except (TimeoutError, AssertionError):
        if open_questions(_state(stage)):
            raise BrokenPromiseError(f"/status does not name {asked} open questions") from None
    else:
        tally.in_status += 1


def _never(stage: Stage) -> None:
    """Fail at once where something was sent twice, or was sent that the journal does not know."""
    sent = stage.exchange.ledger.order_writes()
    placed = [record.tag for record in sent if record.fields.get("tradingsymbol")]
    twice = [tag for tag, times in Counter(placed).items() if times > 1]
    if twice:
        raise BrokenPromiseError(f"sent twice: {twice}")
    with closing(_store(stage)) as db:
        (verdict,) = db.execute("PRAGMA integrity_check").fetchone()
        known = {tag: rest for tag, *rest in db.execute(
            "SELECT tag, follower, master_order_id, leg FROM intents"
        )}  # fmt: skip
    if verdict != "ok":
        raise BrokenPromiseError(f"the store: {verdict}")
    unknown = [tag for tag in placed if tag not in known]
    if unknown:
        raise BrokenPromiseError(f"sent without a word in the journal: {unknown}")
    filled = Counter(
        tuple(known[row["tag"]])
        for name in stage.names
        for row in stage.exchange.orders_of(stage.user_id(name))
        if row["filled_quantity"]
    )
    doubled = [each for each, times in filled.items() if times > 1]
    if doubled:
        raise BrokenPromiseError(f"copied twice: {doubled}")


def _disagreements(stage: Stage) -> list[str]:
    """Return in what exchange, journal and chat do not agree yet; each may be about to."""
    state = _state(stage)
    said = [message.text for message in stage.trader.messages()]
    wrong = [*_unresolved(stage, state, said), *_untold(stage)]
    for name in stage.names:
        books = {
            (key.exchange, key.symbol, key.product.value): book.held
            for key, by_follower in state.books.items()
            for at, book in by_follower.items()
            if at == (Venue.LIVE, name) and book.held
        }
        truth = stage.exchange.net_positions(stage.user_id(name))
        if books != truth:
            wrong.append(f"{name}: the journal holds {books}, the exchange {truth}")
    return wrong + _lost(stage, state)


def _unresolved(stage: Stage, state: State, said: list[str]) -> list[str]:
    """Return what left and is not known, and what is not known and was not named."""
    arrived = {record.tag for record in stage.exchange.ledger.placed()}
    wrong = []
    for child in state.children.values():
        if child.state in (IntentState.PLANNED, IntentState.SENDING):
            wrong.append(f"{child.tag} is {child.state.value}")
        elif child.state.is_unresolved or child.state is IntentState.ABSENT:
            if child.tag in arrived:
                wrong.append(f"{child.tag} is {child.state.value} and the exchange has it")
            name, symbol = child.key.follower, child.key.symbol
            if not any(name in text and symbol in text and "UNKNOWN" in text for text in said):
                wrong.append(f"{name} {symbol} is UNKNOWN and nobody was told")
            in_doubt = child.state in (IntentState.ABSENT, IntentState.NEEDS_HUMAN)
            if child.leg is Leg.EXIT and in_doubt and not _offers_of(state, child):
                wrong.append(f"{name}: the exit of {symbol} never left and nobody was asked")
    return wrong


def _untold(stage: Stage) -> list[str]:
    with closing(_store(stage)) as db:
        (waiting,) = db.execute(
            "SELECT count(*) FROM notices WHERE kind = 'alert' AND shown = 0"
        ).fetchone()
    return [f"{waiting} alert(s) have not reached the chat"] if waiting else []


def _lost(stage: Stage, state: State) -> list[str]:
    """Return the master's orders for which a follower has neither an order nor a reason.

    And the exits that did not follow: he is flat, the copy is not, and no button asks about it.
    """
    wrong = []
    for row in stage.exchange.orders_of(MASTER):
        key = state.master_key_of.get(row["order_id"])
        books = state.books.get(key, {}) if key else {}
        for name in stage.names:
            book = books.get((Venue.LIVE, name))
            part = book.parts.get(row["order_id"]) if book else None
            if part is None or not (part.children or part.skips):
                wrong.append(f"{name}: nothing for the master's {row['order_id']}")
    for key, position in state.master.items():
        for at, book in state.books.get(key, {}).items():
            children = [child for part in book.parts.values() for child in part.children]
            left = at[0] is Venue.LIVE and book.held and not position.net
            if left and not _is_asked(stage, state, book):
                states = [f"{c.leg} {c.command.quantity} {c.state.value}" for c in children]
                wrong.append(f"{at[1]}: {book.held} {key.symbol} left though he is flat: {states}")
            for child in children:
                if child.leg is Leg.ENTRY and child.filled > child.command.quantity:
                    wrong.append(f"{child.tag} filled more than it asked for")
                if child.leg is Leg.EXIT and child.side is Side.BUY and book.held > 0:
                    wrong.append(f"{child.tag} turned the copy round")
    return wrong


def _is_asked(stage: Stage, state: State, book: KeyBook) -> bool:
    """Whether an exit of the key is in doubt still, or a person has a button to decide about it.

    An exit that never left is named and not sent again: it is looked for, for two minutes, then asked.
    """
    exits = [child for part in book.parts.values() for child in part.of(Leg.EXIT)]
    if any(child.state is IntentState.UNKNOWN for child in exits):
        return True
    with_buttons = {each.message_id for each in stage.trader.messages() if each.buttons}
    return any(
        offer.question.key == book.key
        and offer.question.kind in _ABOUT_EXITS
        and with_buttons & set(offer.shown.values())
        for offer in state.open_offers.values()
    )


def _state(stage: Stage) -> State:
    state = State()
    with closing(_store(stage)) as db:
        for kind, body in db.execute("SELECT kind, body FROM records ORDER BY seq"):
            for each in decode_row(kind, body):
                apply(state, each)
    return state


def _store(stage: Stage) -> sqlite3.Connection:
    path = stage.plan.folder / "var" / STORE_NAME
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def main() -> int:
    """Run as asked; return 0, or 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--followers", type=int, default=2)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="kill-many-"))
    try:
        tally = asyncio.run(
            run(kills=given.kills, seed=given.seed, folder=folder, followers=given.followers)
        )
    except BrokenPromiseError as broken:
        print(broken, file=sys.stderr)  # noqa: T201 - this is a command
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(tally.line())  # noqa: T201 - as above
    return 0


if __name__ == "__main__":
    sys.exit(main())
