"""Which sentence `/why` tells of each kind of record."""

from decimal import Decimal
from typing import Any

import pytest

from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.instruments import Instrument, InstrumentKind
from engine.core.values.keys import Key, Leg
from engine.core.values.logins import PendingLogin
from engine.core.values.loss import LossStep
from engine.core.values.market import (
    OrderId,
    OrderType,
    Product,
    Venue,
)
from engine.core.values.merge import sight
from engine.core.values.notices import Notice, NoticeKind, Severity, SkipReason
from engine.core.values.offers import Choice, OfferKind, Question, Settlement, Verb
from engine.core.values.orders import Funds
from engine.core.values.routines import Routine
from tests.core.core_told import BOOK, CARRIED, HINT, KEY, TAG, TICK, of, told
from tests.core.core_world import FATHER, MORNING, an_order, done


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
        (of(r.PartScaled, ratio="1", carry="0", out="5"),
         "father: its waiting entry is sized by what he kept: 1 per unit now, but for 5 that he is out of again."),
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
        (of(r.EntryMet, units=4), "father: 4 filled units met an exit and are to be entered again."),
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
        (of(r.HoldingClosed, units=-75, filled=-75, price=Decimal("101.50")),
         "father: 75 copied units were closed on paper at 101.50, by no order of ours."),
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
        r.LoginOffered(login=PendingLogin(account=FATHER, digest="d", until=MORNING, user_id=1, by="Asha")),
        of(r.ButtonsMade, offer_id=1, token="t"),
        of(r.ReferenceKnown, exchange="NSE", symbol="SBIN", price=Decimal(100), close=True),
        of(r.UnitsLeft, units=1, price=Decimal(100)),
        of(r.ProfitHigh, venue=Venue.LIVE, follower=FATHER, high=Decimal(1)),
        of(r.NoticeForwarded, notice_id=1, channel="email"),
        of(r.AlertsEscalated, notice_ids=(1,)),
        of(r.RoutineDone, routine=Routine.DAY_REPORT, moment=MORNING),
        of(r.LossStepTaken, venue=Venue.LIVE, follower=FATHER, step=LossStep.NO_ENTRIES, loss=Decimal(1), limit=Decimal(2)),
    ],
    ids=lambda record: type(record).__name__,
)  # fmt: skip
def test_what_only_prepares_a_day_or_stands_elsewhere_is_no_line_of_a_story(record):
    assert told(record) is None
