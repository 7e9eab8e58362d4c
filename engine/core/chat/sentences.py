"""One record of the journal as one plain sentence. Pure: the same records tell the same story."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from engine.core.chat.phrases import (
    filled_of,
    one_line,
    signed,
    source,
    status_word,
    trade,
    wish,
)
from engine.core.chat.plain_sentences import (
    Sentence,
    claimed,
    exit_folded,
    holding_changed,
    master_filled,
    of_key,
    of_people,
    offer_settled,
    part_judged,
    part_opened,
    told,
)
from engine.core.values import records as r
from engine.core.values.commands import Place
from engine.core.values.events import Answered, Event, Started
from engine.core.values.intents import IntentState
from engine.core.values.market import MASTER, OrderId, Tag
from engine.core.values.merge import Sighting


@dataclass(slots=True)
class Narrator:
    """Tells records in their order; remembers what later sentences refer to."""

    _places: dict[Tag, Place] = field(default_factory=dict)
    _sent_at: dict[str, datetime] = field(default_factory=dict)
    _filled: dict[Tag, int] = field(default_factory=dict)
    _seen: dict[OrderId, Sighting] = field(default_factory=dict)
    _exits: set[OrderId] = field(default_factory=set)

    def tell(self, event: Event, record: r.Record) -> Sentence | None:  # noqa: C901, PLR0911, PLR0912, PLR0915 - one row a kind of record
        """Return the sentence of a record; None where it says nothing to a person."""
        match record:
            case r.MasterSeen():
                return self._master_seen(event, record)
            case r.MasterFilled():
                return master_filled(record)
            case r.PartOpened():
                return part_opened(record)
            case r.PartScaled() | r.PartLimited() | r.MarginAsked() | r.MarginKnown():
                return part_judged(record)
            case r.Contributed(key=key, amount=amount):
                return of_key(key, f"what it should hold by this order is now {signed(amount)}.")
            case r.ExitFolded():
                return exit_folded(record)
            case r.Claimed():
                return claimed(record)
            case r.MasterConverted(old=old, new=new, units=units):
                what = f"{abs(units)} {old.symbol} from {old.product.value} to {new.product.value}"
                return Sentence(who=MASTER, text=f"converted {what}; the copies stay as they are.")
            case (
                r.HoldingGone()
                | r.HeldConverted()
                | r.HeldProved()
                | r.HeldEnded()
                | r.HoldingClosed()
                | r.HoldingDetached()
            ):
                return holding_changed(record)
            case r.SyncEntered(key=key, units=units):
                return of_key(key, f"{trade(units)} is entered by a person's /sync.")
            case r.ClaimSettled(key=key, units=units):
                return of_key(
                    key, f"{units} units need no exit: other exits have met them already."
                )
            case r.EntryMet(key=key, units=units):
                return of_key(key, f"{units} filled units met an exit and are to be entered again.")
            case r.Skipped(key=key):
                because = f"{record.reason.value}: {record.detail}" * bool(record.detail)
                return of_key(key, f"{record.leg.value} skipped: {because or record.reason.value}.")
            case r.SkipLifted(key=key):
                return of_key(key, "the skip was lifted: a person chose to copy the open order.")
            case r.ChildPlanned():
                return self._planned(record)
            case r.IntentMoved():
                return self._moved(event, record)
            case r.CancelMoved():
                return self._cancel_moved(event, record)
            case r.ChangeMoved():
                return self._change_moved(event, record)
            case r.ChangeDoubted(tag=tag):
                text = f"the book still shows {self._what(tag)} unmodified."
                return Sentence(who=self._who(tag), text=text)
            case r.ChildSeen():
                return self._child_seen(event, record)
            case r.NoticeRaised():
                return told(record)
            case r.OfferSettled():
                return offer_settled(record)
            case r.Attested(tag=tag):
                return self._of_child(tag, "is in Kite by a person's word: it is waited for.")
            case r.LatchLifted(tag=tag):
                return self._of_child(
                    tag, "is sent again by a person's choice, what is left of it."
                )
            case r.EntryAsked(key=key):
                return of_key(key, "a person chose to copy it after all.")
            case r.StrangerSeen(account=account, row=row):
                return Sentence(
                    who=account,
                    text=f"order {row.order_id} has a tag of ours that this store never sent.",
                )
            case r.StrangerCounted(account=account, order_id=order_id, child=child):
                return Sentence(who=account, text=f"order {order_id} counts as copy {child}.")
            case r.StrangerLeft(account=account, order_id=order_id):
                return Sentence(who=account, text=f"order {order_id} is left to its owner.")
            case r.StoreAccepted():
                return Sentence(who="", text="a person took the store of the past as it is.")
            case r.EntriesReleased():
                return Sentence(who="", text="a person let entries leave again.")
            case r.UpdateAnswered(reply=reply):
                done = "answered" if reply.accepted else "refused"
                return Sentence(who="", text=f'{done}: "{one_line(reply.text)}" (op {reply.op})')
            case r.CopyingSet(active=active):
                return Sentence(who="", text=f"copying was {'started' if active else 'stopped'}.")
            case r.ModeSet(venue=venue):
                return Sentence(who="", text=f"the mode became {venue.label}.")
            case r.KillSet(active=active):
                return Sentence(who="", text=f"kill switch {'set' if active else 'released'}.")
            case r.PanicBegun():
                return Sentence(who=record.name, text="began to square all copies off (/panic).")
            case r.PanicEnded():
                return Sentence(who="", text="/panic ended.")
            case r.SettingChosen(follower=follower, key=key):
                text = f"{record.name} set {key}: {record.old} → {record.new}."
                return Sentence(who=follower, text=text)
            case r.SettingsTaken(wanted=wanted):
                waits = " but for what waits" if wanted is not None else ""
                return Sentence(who="", text=f"the settings of the file count{waits}.")
            case r.FollowerJoined(follower=follower):
                return Sentence(who=follower, text="was added while the program ran.")
            case r.FollowerLeaving(follower=follower, sealed=sealed):
                leaving = "is removed once nothing copied is left."
                return Sentence(
                    who=follower, text=leaving if sealed is not None else "is removed or back."
                )
            case r.AlertsChosen(kind=kind, level=level):
                return Sentence(who="", text=f"{kind} are {level} in that chat from now on.")
            case r.QuietHoursChosen(hours=hours):
                said = f"{hours.begin:%H:%M} to {hours.end:%H:%M}" if hours else "none"
                return Sentence(who="", text=f"quiet hours of that chat: {said}.")
            case r.FollowerPaused(follower=follower, paused=paused):
                return Sentence(who=follower, text="paused." if paused else "entries resumed.")
            case r.SessionKept(account=account, ok=ok):
                return Sentence(who=account, text="session stored." if ok else "session ended.")
            case r.TotpCounted(failures=failures, locked=locked):
                text = f"wrong codes in a row: {failures}{', locked' if locked else ''}."
                return Sentence(who="", text=text if failures else "wrong codes are forgotten.")
            case (
                r.PersonInvited()
                | r.PersonPaired()
                | r.PersonRevoked()
                | r.CodeAccepted()
                | r.PairingMissed()
                | r.StrangerNamed()
            ):
                return of_people(record)
            case (
                # What prepares a day or a read is no part of any order's story.
                r.Installed()
                | r.DayOpened()
                | r.OpeningKnown()
                | r.OpeningsRead()
                | r.PositionsKnown()
                | r.ListingKept()
                | r.FreezeLearned()
                | r.NoticeShown()
                | r.ChannelOpened()
                | r.NoticeForwarded()
                | r.AlertsEscalated()
                | r.OfferOpened()
                | r.ButtonsMade()
                # Who is removed is told.
                | r.FollowerKept()
                # The login that came of it is told.
                | r.LoginOffered()
                # What was sized by it stands with the part.
                | r.FundsKnown()
                # A modification is told by its own record.
                | r.StepTaken()
                # What was told stands as a notice.
                | r.EndJudged()
                # People are asked about it where ours does not turn up.
                | r.TwinSeen()
                # The day's money; each step of the loss ladder is told as a notice.
                | r.ReferenceKnown()
                | r.UnitsLeft()
                | r.ProfitHigh()
                | r.LossStepTaken()
                # What it told stands as a notice.
                | r.RoutineDone()
                # Told of each follower: see `records.each_of`.
                | r.PartsOpened()
                | r.AllContributed()
                | r.ExitsFolded()
                | r.ChildrenSent()
            ):
                return None
            case _:
                assert_never(record)

    def child_title(self, tag: Tag) -> str:
        """Return a follower order in one phrase, or the empty text where it is not known."""
        place = self._places.get(tag)
        if place is None:
            return ""
        return f"{place.follower}'s {place.side.value} {place.quantity} {place.symbol} ({tag})"

    def _master_seen(self, event: Event, record: r.MasterSeen) -> Sentence | None:
        row = record.sighting.row
        before = self._seen.get(row.order_id)
        self._seen[row.order_id] = record.sighting
        if before is not None and before.row == row:
            if not record.was_exit or not row.remaining_quantity or row.order_id in self._exits:
                return None
            self._exits.add(row.order_id)
            text = "what is left of it closes his position; if it opens one, that is copied as it fills."
            return Sentence(who=MASTER, text=text)
        said = f' "{one_line(row.status_message)}"' if row.status_message else ""
        text = f"order seen {status_word(row)}{source(event)}: {wish(row)}, {filled_of(row)}.{said}"
        return Sentence(who=MASTER, text=text)

    def _planned(self, record: r.ChildPlanned) -> Sentence:
        place = record.command
        self._places[place.tag] = place
        again = f", order {record.generation + 1} of this leg" if record.generation else ""
        price = f" {place.price:f}" if place.price is not None else ""
        if place.trigger_price is not None:
            price += f", trigger {place.trigger_price:f}"
        return of_key(
            record.key,
            f"{record.leg.value} decided: {place.side.value} {place.quantity} "
            f"{place.exchange}:{place.symbol} {place.product.value} {place.order_type.value}{price}"
            f"{again}, tag {place.tag}.{f' {record.note}.' if record.note else ''}",
        )

    def _moved(self, event: Event, record: r.IntentMoved) -> Sentence:
        who = self._who(record.tag)
        what = self._what(record.tag)
        why = one_line(record.reason)
        after = self._after(record.tag, event.at)
        match record.state:
            case IntentState.SENDING:
                self._sent_at[record.tag] = event.at
                text = "written down as SENDING, then sent."
            case IntentState.ACKED if isinstance(event, Answered):
                text = f"taken by the broker as order {record.order_id}{after}."
            case IntentState.ACKED:
                text = f"found{source(event)} as order {record.order_id}."
            case IntentState.REFUSED:
                kind = f" ({record.refusal.value})" if record.refusal else ""
                text = f'REFUSED{kind}{after}: "{why.rstrip(".")}".'
            case IntentState.UNKNOWN:
                lost = "the program ended while sending it" if isinstance(event, Started) else why
                text = f"UNKNOWN{after} ({lost}): it may have been placed, it is never sent again."
            case IntentState.ABSENT:
                text = f"ABSENT: {why or 'the order book, read anew, does not show it'}."
            case IntentState.NEEDS_HUMAN:
                text = "cannot be settled without a person."
            case _:
                text = f"{record.state.value}, never sent: {why or 'not wanted any more'}."
        return Sentence(who=who, text=f"{what} {text}")

    def _cancel_moved(self, event: Event, record: r.CancelMoved) -> Sentence:
        again = f" (time {record.times})" if record.times > 1 else ""
        cancel = f"cancel of {self._what(record.tag)}{again}"
        if record.state is IntentState.SENDING:
            self._sent_at[record.intent_id] = event.at
            return Sentence(who=self._who(record.tag), text=f"{cancel} sent.")
        after = self._after(record.intent_id, event.at)
        words = {IntentState.ACKED: "accepted", IntentState.UNKNOWN: "without a usable answer"}
        word = words.get(record.state, record.state.value)
        return Sentence(who=self._who(record.tag), text=f"{cancel} {word}{after}.")

    def _change_moved(self, event: Event, record: r.ChangeMoved) -> Sentence:
        terms = record.terms
        price = f" at {terms.price:f}" if terms.price is not None else ""
        trigger = f", trigger {terms.trigger_price:f}" if terms.trigger_price is not None else ""
        change = (
            f"modification of {self._what(record.tag)} to {terms.quantity} "
            f"{terms.order_type.value}{price}{trigger}"
        )
        if record.state is IntentState.SENDING:
            self._sent_at[record.intent_id] = event.at
            return Sentence(who=self._who(record.tag), text=f"{change} sent.")
        after = self._after(record.intent_id, event.at)
        words = {IntentState.ACKED: "accepted", IntentState.UNKNOWN: "without a usable answer"}
        word = words.get(record.state, record.state.value)
        return Sentence(who=self._who(record.tag), text=f"{change} {word}{after}.")

    def _child_seen(self, event: Event, record: r.ChildSeen) -> Sentence:
        row = record.sighting.row
        more = record.filled - self._filled.get(record.tag, 0)
        self._filled[record.tag] = record.filled
        fill = f"{more} more filled, " if more > 0 else ""
        said = f' "{one_line(row.status_message)}"' if row.status_message else ""
        text = (
            f"order {row.order_id} seen {status_word(row)}{source(event)}: {fill}{filled_of(row)}."
        )
        return Sentence(who=self._who(record.tag), text=text + said)

    def _of_child(self, tag: Tag, text: str) -> Sentence:
        return Sentence(who=self._who(tag), text=f"{self._what(tag)} {text}")

    def _who(self, tag: Tag) -> str:
        place = self._places.get(tag)
        return place.follower if place else ""

    def _what(self, tag: Tag) -> str:
        place = self._places.get(tag)
        return f"{place.side.value} {place.quantity} {place.symbol}" if place else f"order {tag}"

    def _after(self, intent_id: str, at: datetime) -> str:
        sent = self._sent_at.get(intent_id)
        return f" after {round((at - sent).total_seconds() * 1000)} ms" if sent else ""
