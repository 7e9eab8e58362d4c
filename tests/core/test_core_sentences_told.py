"""Which sentence `/why` tells of each kind of record, and of each thing that people ask for."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.core.chat.plain_sentences import asking
from engine.core.chat.sentences import Narrator
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.commands import Place, Priority, RefusalKind
from engine.core.values.events import Answered, Asked, BookRead, Event, RowHinted, Started, Ticked
from engine.core.values.instruments import Instrument, InstrumentKind
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg, MasterKey
from engine.core.values.loss import LossStep
from engine.core.values.market import (
    AccountName,
    OrderId,
    OrderType,
    Product,
    Side,
    Tag,
    Venue,
)
from engine.core.values.merge import sight
from engine.core.values.notices import Notice, NoticeKind, Severity, SkipReason
from engine.core.values.offers import Choice, OfferKind, Question, Settlement, Verb
from engine.core.values.orders import Funds
from engine.core.values.routines import Routine
from engine.core.values.terms import Terms
from tests.core.core_world import FATHER, MORNING, OWNER, an_order, done

KEY = Key(
    venue=Venue.LIVE, follower=FATHER, exchange="NSE", symbol="SBIN", product=Product.MIS
)  # fmt: skip
CARRIED = MasterKey(exchange="NSE", symbol="SBIN", product=Product.CNC)
M1, TAG = OrderId("M1"), Tag("KCK7AAAAAAAAAAAAAAAA")
TICK = Ticked(at=MORNING, trading_day=MORNING.date())
BOOK = BookRead(
    venue=Venue.LIVE, account=FATHER, rows=(), total=0, asked_at=MORNING, at=MORNING
)  # fmt: skip
HINT = RowHinted(
    venue=Venue.LIVE, account=FATHER, row=an_order(), at=MORNING, trusted=True
)  # fmt: skip
START = Started(at=MORNING, trading_day=MORNING.date(), install_id="K7")


def of(record: type[Any], **fields: Any) -> Any:
    """Return a record about the father's copy of M1, as far as its fields ask for it."""
    plain = {"key": KEY, "order_id": M1, "tag": TAG, "at": MORNING, "account": FATHER}
    known = {name: value for name, value in plain.items() if name in record.__dataclass_fields__}
    return record(**(known | fields))


def told(record: r.Record, event: Event = TICK, narrator: Narrator | None = None) -> str | None:
    sentence = (narrator or Narrator()).tell(event, record)
    return f"{sentence.who}: {sentence.text}" if sentence else None


def a_place(**changed: Any) -> Place:
    plain = {
        "intent_id": TAG, "venue": Venue.LIVE, "follower": FATHER, "priority": Priority.EXIT,
        "mode_epoch": 1, "deadline": None, "tag": TAG, "exchange": "NSE", "symbol": "SBIN",
        "side": Side.SELL, "product": Product.MIS, "order_type": OrderType.MARKET, "quantity": 10,
    }  # fmt: skip
    return Place(**(plain | changed))


def planned(leg: Leg = Leg.EXIT, generation: int = 0, note: str = "", **changed: Any) -> Any:
    return of(
        r.ChildPlanned, command=a_place(**changed), leg=leg, generation=generation, attempt=0,
        step=0, detected_at=MORNING, note=note,
    )  # fmt: skip


def knows_child() -> Narrator:
    """Return a narrator that was told of the father's SELL 10 SBIN."""
    narrator = Narrator()
    told(planned(), narrator=narrator)
    return narrator


def a_notice(text: str, **changed: Any) -> Notice:
    plain = {"notice_id": 1, "at": MORNING, "venue": Venue.LIVE, "kind": NoticeKind.ALERT,
             "severity": Severity.WARNING, "topic": "engine"}  # fmt: skip
    return Notice(text=text, **(plain | changed))


def settled(key: Key | None = KEY, **changed: Any) -> r.OfferSettled:
    end = Settlement(at=MORNING, **changed)
    return r.OfferSettled(offer_id=1, settlement=end, key=key)


# -- what the master did ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "net", "said"),
    [
        ({"exit_part": 0, "entry_part": 10}, 10, "10 opened or added; his net in NSE:SBIN is now +10."),
        ({"exit_part": -4, "entry_part": 0}, 6, "4 reduced; his net in NSE:SBIN is now +6."),
        (
            {"exit_part": -4, "entry_part": -6}, -6,
            "4 reduced, 6 opened or added; his net in NSE:SBIN is now -6.",
        ),
    ],
)  # fmt: skip
def test_a_fill_of_the_master_is_told_by_what_it_did_to_his_position(parts, net, said):
    record = of(r.MasterFilled, key=KEY.master, net_after=net, fill_at=MORNING, **parts)
    assert told(record) == f"master: filled at 10:00:00: {said}"


@pytest.mark.parametrize(
    ("event", "row", "said"),
    [
        (BOOK, an_order(price="99.50"), "order seen OPEN in the order book: BUY 10 NSE:SBIN MIS LIMIT 99.50, 0 of 10 filled."),
        (HINT, done(), "order seen COMPLETE on the socket: BUY 10 NSE:SBIN MIS MARKET, 10 of 10 filled at 100."),
        (TICK, an_order(tags=("mktp",), price="101"), "order seen OPEN: BUY 10 NSE:SBIN MIS MARKET shown as LIMIT 101, 0 of 10 filled."),
        (BOOK, an_order(order_type=OrderType.SL_M, price="90", trigger_price=Decimal(95)), "order seen OPEN in the order book: BUY 10 NSE:SBIN MIS SL-M, trigger 95, 0 of 10 filled."),
        (BOOK, an_order(status="REJECTED", status_message="No\n funds"), 'order seen REJECTED in the order book: BUY 10 NSE:SBIN MIS MARKET, 0 of 10 filled. "No funds"'),
    ],
)  # fmt: skip
def test_an_order_of_the_master_is_told_with_what_he_asked_for(event, row, said):
    record = of(r.MasterSeen, key=KEY.master, sighting=sight(row, 1), was_exit=False)
    assert told(record, event) == f"master: {said}"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (r.MasterConverted(old=CARRIED, new=KEY.master, units=-5, at=MORNING),
         "master: converted 5 SBIN from CNC to MIS; the copies stay as they are."),
        # -- what it means for a follower
        (of(r.PartOpened, ratio="1", carry="0", own=None), "father: takes part in LIVE at 1 of his units."),
        (of(r.PartOpened, ratio="3/2", carry="-1/2", own=-4, basis="4,00,000 of 2,00,000"),
         "father: takes part in LIVE at 1.5 of his units (4,00,000 of 2,00,000), -0.5 owed from before, -4 held by its owner before."),
        (of(r.PartOpened, ratio="150", carry="0", own=0, fixed=True, basis="2 lots"),
         "father: takes part in LIVE at 150 units (2 lots)."),
        (of(r.PartScaled, ratio="1/3", carry="0"), "father: its waiting entry is sized by what he kept: 1/3 per unit now."),
        (of(r.PartScaled, ratio="75", carry="0", fixed=True),
         "father: its waiting entry is sized by what he kept: 75 units in all now."),
        (of(r.PartLimited, most=50, amount="50", detail="MAX_ORDER_QUANTITY 50"),
         "father: its entry comes to 50 units at most: MAX_ORDER_QUANTITY 50."),
        (of(r.MarginKnown, needed=Decimal(10), free=None),
         "father: what its basket needs as margin could not be had; it goes on without."),
        (of(r.Contributed, amount="3/2"), "father: what it should hold by this order is now +1.5."),
        (of(r.Contributed, amount="-1/3"), "father: what it should hold by this order is now -1/3."),
        (of(r.ExitFolded, keep="0", claim=-10), "father: his exit is worth SELL 10 here."),
        (of(r.ExitFolded, keep="1/2", claim=0),
         "father: his exit takes nothing here: no whole lot copied is held that way."),
        (of(r.Claimed, claim=0, rest="1/2"), None),
        (of(r.Claimed, claim=4, met=True), "father: 4 units need no exit: an entry has met them already."),
        (of(r.Claimed, claim=-4), "father: SELL 4 more is to be exited: a late fill, or left over."),
        (of(r.ClaimSettled, units=4), "father: 4 units need no exit: other exits have met them already."),
        (of(r.SyncEntered, units=-5, of=-10), "father: SELL 5 is entered by a person's /sync."),
        (of(r.Skipped, leg=Leg.ENTRY, reason=SkipReason.PAUSED, detail=""), "father: entry skipped: follower is paused."),
        (of(r.Skipped, leg=Leg.EXIT, reason=SkipReason.NOTHING_HELD, detail="closed by hand"),
         "father: exit skipped: nothing copied is held, so there is nothing to exit: closed by hand."),
        (of(r.SkipLifted, leg=Leg.ENTRY), "father: the skip was lifted: a person chose to copy the open order."),
        (of(r.EntryAsked), "father: a person chose to copy it after all."),
        # -- what became of a holding otherwise than by orders of ours
        (of(r.HoldingGone, units=-10), "father: 10 copied units are gone by other hands; written off."),
        (of(r.HeldConverted, product=Product.NRML, own=0), "father: its owner converted what is held to NRML."),
        (of(r.HeldProved, own=0), "father: what it holds was compared with the account."),
        (of(r.HeldProved, own=-3),
         "father: what it holds was compared with the account; -3 besides it are its owner's own."),
        (of(r.HeldEnded, units=-75), "father: the contract expired: 75 copied units are closed."),
        (of(r.HoldingDetached), "father: handed back: it is its owner's own now and not followed."),
        # -- what an order of our tag that we never sent leads to
        (of(r.StrangerSeen, row=an_order("B9")), "father: order B9 has a tag of ours that this store never sent."),
        (of(r.StrangerCounted, order_id=OrderId("B9"), child=TAG), f"father: order B9 counts as copy {TAG}."),
        (of(r.StrangerLeft, order_id=OrderId("B9")), "father: order B9 is left to its owner."),
        (of(r.StoreAccepted), ": a person took the store of the past as it is."),
        (of(r.EntriesReleased), ": a person let entries leave again."),
        # -- what people switched, and were told
        (r.UpdateAnswered(update_id=1, user_id=1, at=MORNING, reply=c.Reply(accepted=True, text="Copying\nstarted.", op="a1b2")),
         ': answered: "Copying started." (op a1b2)'),
        (r.UpdateAnswered(update_id=1, user_id=1, at=MORNING, reply=c.Reply(accepted=False, text="Wrong code.", op="a1b2")),
         ': refused: "Wrong code." (op a1b2)'),
        (of(r.CopyingSet, active=True), ": copying was started."),
        (of(r.CopyingSet, active=False), ": copying was stopped."),
        (of(r.ModeSet, venue=Venue.PAPER, armed_until=None, totp_step=None), ": the mode became PAPER."),
        (of(r.KillSet, active=True), ": kill switch set."),
        (of(r.KillSet, active=False), ": kill switch released."),
        (of(r.FollowerPaused, follower=FATHER, paused=True), "father: paused."),
        (of(r.FollowerPaused, follower=FATHER, paused=False), "father: entries resumed."),
        (of(r.SessionKept, ok=True, user_id="U1", user_name="", sealed_token="", login_at=MORNING), "father: session stored."),
        (of(r.SessionKept, ok=False, user_id="U1", user_name="", sealed_token="", login_at=None), "father: session ended."),
        (of(r.TotpCounted, failures=2, locked=False), ": wrong codes in a row: 2."),
        (of(r.TotpCounted, failures=5, locked=True), ": wrong codes in a row: 5, locked."),
        (of(r.TotpCounted, failures=0, locked=False), ": wrong codes are forgotten."),
        (r.NoticeRaised(notice=a_notice("father: it is\n refused.", follower=FATHER)), 'father: alert (warning): "it is refused."'),
        (r.NoticeRaised(notice=a_notice("A new day.", severity=Severity.INFO)), ': alert (info): "A new day."'),
        (r.NoticeRaised(notice=a_notice("", kind=NoticeKind.CARD)), None),
        (settled(text="Sent: BUY 10 SBIN.", label="Copy", by="owner"), 'father: owner chose "Copy". Sent: BUY 10 SBIN.'),
        (settled(None, text="Noted.", label="Seen", by="son"), ': son chose "Seen". Noted.'),
        (settled(text="The trading day has ended."), "father: the question put to people ended. The trading day has ended."),
    ],
)  # fmt: skip
def test_each_record_has_its_sentence(record, said):
    assert told(record) == said


@pytest.mark.parametrize(
    "record",
    [
        of(r.Installed, install_id="K7"),
        of(r.DayOpened, trading_day=MORNING.date()),
        of(r.OpeningKnown, key=KEY.master, net=10),
        of(r.OpeningsRead),
        of(r.PositionsKnown, rows=(), asked_at=MORNING),
        of(r.FundsKnown, funds=Funds(equity=Decimal(1), commodity=Decimal(1))),
        of(r.ListingKept, instrument=Instrument(exchange="NSE", symbol="SBIN", token=1, kind=InstrumentKind.EQUITY)),
        of(r.NoticeShown, notice_id=1, topic="engine", chat_id=1, message_id=1),
        of(r.StepTaken, step=1),
        of(r.EndJudged),
        of(r.TwinSeen),
        of(r.FreezeLearned, exchange="NFO", name="NIFTY", quantity=1800, table_date=None),
        of(r.OfferOpened, offer_id=1, question=Question(kind=OfferKind.NOTE, choices=(Choice(verb=Verb.SEEN, label="Seen"),))),
        of(r.ButtonsMade, offer_id=1, token="t"),
        of(r.ReferenceKnown, exchange="NSE", symbol="SBIN", price=Decimal(100), close=True),
        of(r.UnitsLeft, units=1, price=Decimal(100)),
        of(r.ProfitHigh, venue=Venue.LIVE, follower=FATHER, high=Decimal(1)),
        of(r.RoutineDone, routine=Routine.DAY_REPORT, moment=MORNING),
        of(r.LossStepTaken, venue=Venue.LIVE, follower=FATHER, step=LossStep.NO_ENTRIES, loss=Decimal(1), limit=Decimal(2)),
    ],
    ids=lambda record: type(record).__name__,
)  # fmt: skip
def test_what_only_prepares_a_day_or_stands_elsewhere_is_no_line_of_a_story(record):
    assert told(record) is None


# -- what became of an order of ours ---------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (planned(), f"exit decided: SELL 10 NSE:SBIN MIS MARKET, tag {TAG}."),
        (planned(Leg.ENTRY, 1, price=Decimal("99.50"), order_type=OrderType.LIMIT),
         f"entry decided: SELL 10 NSE:SBIN MIS LIMIT 99.50, order 2 of this leg, tag {TAG}."),
        (planned(Leg.COVER, note="MARKET is not taken here", price=Decimal(90), trigger_price=Decimal(95), order_type=OrderType.SL),
         f"cover decided: SELL 10 NSE:SBIN MIS SL 90, trigger 95, tag {TAG}. MARKET is not taken here."),
    ],
)  # fmt: skip
def test_a_decided_order_is_told_with_its_terms(record, said):
    assert told(record) == f"father: {said}"


ANSWER = Answered(
    tag=TAG, intent_id=TAG, cancel=False, modify=False, outcome=None, at=MORNING
)  # fmt: skip


@pytest.mark.parametrize(
    ("state", "event", "fields", "said"),
    [
        (IntentState.SENDING, TICK, {}, "written down as SENDING, then sent."),
        (IntentState.ACKED, ANSWER, {"order_id": OrderId("B1")}, "taken by the broker as order B1."),
        (IntentState.ACKED, BOOK, {"order_id": OrderId("B1")}, "found in the order book as order B1."),
        (IntentState.REFUSED, ANSWER, {"refusal": RefusalKind.MARGIN, "reason": "No funds."}, 'REFUSED (margin): "No funds".'),
        (IntentState.REFUSED, ANSWER, {"reason": "No"}, 'REFUSED: "No".'),
        (IntentState.UNKNOWN, ANSWER, {"reason": "no answer"}, "UNKNOWN (no answer): it may have been placed, it is never sent again."),
        (IntentState.UNKNOWN, START, {}, "UNKNOWN (the program ended while sending it): it may have been placed, it is never sent again."),
        (IntentState.ABSENT, BOOK, {}, "ABSENT: the order book, read anew, does not show it."),
        (IntentState.ABSENT, TICK, {"reason": "not in Kite, says owner"}, "ABSENT: not in Kite, says owner."),
        (IntentState.NEEDS_HUMAN, TICK, {}, "cannot be settled without a person."),
        (IntentState.EXPIRED, TICK, {"reason": "too old when its turn came"}, "EXPIRED, never sent: too old when its turn came."),
        (IntentState.KILLED, TICK, {}, "KILLED, never sent: not wanted any more."),
    ],
)  # fmt: skip
def test_each_step_of_an_order_is_told(state, event, fields, said):
    record = of(r.IntentMoved, **({"order_id": None} | fields), state=state)
    assert told(record, event, knows_child()) == f"father: SELL 10 SBIN {said}"


def test_an_answer_is_told_with_the_time_it_took():
    narrator = knows_child()
    told(of(r.IntentMoved, order_id=None, state=IntentState.SENDING), narrator=narrator)
    late = Answered(
        tag=TAG, intent_id=TAG, cancel=False, modify=False, outcome=None,
        at=MORNING + timedelta(milliseconds=34),
    )  # fmt: skip
    acked = of(r.IntentMoved, order_id=OrderId("B1"), state=IntentState.ACKED)
    assert told(acked, late, narrator) == (
        "father: SELL 10 SBIN taken by the broker as order B1 after 34 ms."
    )


@pytest.mark.parametrize(
    ("kind", "first", "said"),
    [
        ("cancel", "cancel of SELL 10 SBIN sent.", "cancel of SELL 10 SBIN {}"),
        (
            "change", "modification of SELL 10 SBIN to 5 LIMIT at 100 sent.",
            "modification of SELL 10 SBIN to 5 LIMIT at 100 {}",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("state", "word"),
    [
        (IntentState.ACKED, "accepted after 20 ms."),
        (IntentState.UNKNOWN, "without a usable answer after 20 ms."),
        (IntentState.REFUSED, "REFUSED after 20 ms."),
    ],
)
def test_a_cancel_or_a_modification_is_told_as_sent_and_by_its_answer(
    kind, first, said, state, word
):
    def moved(to: IntentState) -> Any:
        if kind == "cancel":
            return of(r.CancelMoved, intent_id="c1", state=to, book_version=1, times=1)
        # What the exchange's grid is rounded to may come as an exponent: people read digits.
        terms = Terms(order_type=OrderType.LIMIT, quantity=5, price=Decimal("1E+2"))
        return of(r.ChangeMoved, intent_id="c1", state=to, terms=terms, book_version=1)

    narrator = knows_child()
    assert told(moved(IntentState.SENDING), narrator=narrator) == f"father: {first}"
    later = Ticked(at=MORNING + timedelta(milliseconds=20), trading_day=MORNING.date())
    assert told(moved(state), later, narrator) == f"father: {said.format(word)}"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (of(r.CancelMoved, intent_id="c1", state=IntentState.SENDING, book_version=1, times=3),
         "cancel of SELL 10 SBIN (time 3) sent."),
        (of(r.ChangeMoved, intent_id="c1", state=IntentState.SENDING, book_version=1,
            terms=Terms(order_type=OrderType.SL_M, quantity=5, trigger_price=Decimal(95))),
         "modification of SELL 10 SBIN to 5 SL-M, trigger 95 sent."),
        (of(r.ChangeDoubted), "the book still shows SELL 10 SBIN unmodified."),
        (of(r.Attested), "SELL 10 SBIN is in Kite by a person's word: it is waited for."),
        (of(r.LatchLifted), "SELL 10 SBIN is sent again by a person's choice, what is left of it."),
    ],
)  # fmt: skip
def test_what_else_is_told_of_an_order_names_it(record, said):
    assert told(record, narrator=knows_child()) == f"father: {said}"


def test_a_follower_order_is_told_by_what_it_filled_since_it_was_last_seen():
    narrator = knows_child()

    def seen(units: int, **changed: Any) -> str | None:
        row = an_order("B1", "SELL", filled_quantity=units, tag=TAG, **changed)
        record = of(r.ChildSeen, sighting=sight(row, 1), filled=units)
        return told(record, HINT, narrator)

    assert seen(0) == "father: order B1 seen OPEN on the socket: 0 of 10 filled."
    assert seen(4) == (
        "father: order B1 seen OPEN on the socket: 4 more filled, 4 of 10 filled at 100."
    )
    assert seen(10, status="COMPLETE") == (
        "father: order B1 seen COMPLETE on the socket: 6 more filled, 10 of 10 filled at 100."
    )
    assert seen(10, status="CANCELLED", status_message="by RMS") == (
        'father: order B1 seen CANCELLED on the socket: 10 of 10 filled at 100. "by RMS"'
    )


def test_an_order_that_the_story_has_not_told_of_is_named_by_its_tag():
    """An operation of today may be about an order of yesterday's story."""
    assert told(of(r.LatchLifted)) == (
        f": order {TAG} is sent again by a person's choice, what is left of it."
    )
    assert Narrator().child_title(TAG) == ""
    assert knows_child().child_title(TAG) == f"father's SELL 10 SBIN ({TAG})"


# -- what people asked for -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (c.StartCopy(), "asked to start copying."),
        (c.StartCopy(copy_open_orders=True), "asked to start copying, open orders too."),
        (c.StopCopy(), "asked to stop copying."),
        (c.CancelRestingEntries(), "asked to cancel the resting entries."),
        (c.GoLive(armed_until=MORNING, totp_step=77), "asked to switch to LIVE."),
        (c.GoPaper(), "asked to switch to PAPER."),
        (c.TotpFailed(), "gave a wrong code."),
        (c.UnlockTotp(), "asked to lift the lock of wrong codes."),
        (c.PauseFollower(follower=FATHER), "asked to pause father."),
        (c.ResumeFollower(follower=FATHER), "asked to resume father."),
        (c.SyncCopies(follower=FATHER, mark="m"), "confirmed what /sync proposed for father."),
        (c.SyncCopies(follower=None, mark="m"), "confirmed what /sync proposed for all."),
        (c.DetachHoldings(follower=FATHER, symbol="SBIN", mark="m"),
         "asked to hand father's copies of SBIN back."),
        (c.DetachHoldings(follower=FATHER, symbol=None, mark="m"),
         "asked to hand father's copies of everything back."),
        (c.SetKill(active=True), "asked to set the kill switch."),
        (c.SetKill(active=False, totp_step=77), "asked to release the kill switch."),
        (c.AcceptStore(), "asked to take the store of the past as it is."),
        (c.AdoptStrangers(orders=(M1,), totp_step=77),
         "asked to take over 1 order(s) that this store never sent."),
        (c.SessionStored(account=AccountName("father"), user_id="U1", user_name="Father",
                         sealed_token="sealed", login_at=MORNING), "logged father in."),
        (c.NoticeDelivered(notice_id=1, topic="engine", chat_id=1, message_id=1), "was shown a message."),
        (c.MakeButtons(offer_id=1, token="t"), "was shown buttons."),
        (c.Choose(token="t", choice=0), "pressed a button."),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)  # fmt: skip
def test_who_asked_for_what_is_told_without_secrets(request_, said):
    event = Asked(request=request_, by=OWNER, update_id=1, sent_at=None, at=MORNING)
    sentence = asking(event)
    assert (sentence.who, sentence.text) == ("owner", said)
