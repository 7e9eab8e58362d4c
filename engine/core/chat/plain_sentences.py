"""Sentences that need no memory of earlier ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from engine.core.chat.phrases import one_line, plain, signed, trade, words_of
from engine.core.risk.words import in_rupees
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.events import Asked
from engine.core.values.keys import Key
from engine.core.values.market import MASTER
from engine.core.values.notices import NoticeKind

_ASKINGS: Mapping[type[c.Request], str] = {
    c.StartCopy: "asked to start copying",
    c.StopCopy: "asked to stop copying",
    c.CancelRestingEntries: "asked to cancel the resting entries",
    c.GoLive: "asked to switch to LIVE",
    c.GoPaper: "asked to switch to PAPER",
    c.TotpFailed: "gave a wrong code",
    c.UnlockTotp: "asked to lift the lock of wrong codes",
    c.SetKill: "used the kill switch",
    c.SessionStored: "logged an account in",
    c.NoticeDelivered: "was shown a message",
    c.ChannelDelivered: "had an alert taken by another channel",
    c.MakeButtons: "was shown buttons",
    c.Choose: "pressed a button",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """What happened, and to whom: an account's name, a person's, or nobody's."""

    who: str
    text: str


def asking(event: Asked) -> Sentence:
    """Return who asked for what; secrets in a request are never told."""
    request = event.request
    match request:
        case c.PauseFollower(follower=follower):
            text = f"asked to pause {follower}"
        case c.ResumeFollower(follower=follower):
            text = f"asked to resume {follower}"
        case _:
            text = _ASKINGS.get(type(request), f"asked: {words_of(type(request).__name__)}")
    return Sentence(who=event.by.name, text=f"{text}.")


def master_filled(record: r.MasterFilled) -> Sentence:
    """Return the sentence of a fill of the master."""
    parts = []
    if record.exit_part:
        parts.append(f"{abs(record.exit_part)} reduced")
    if record.entry_part:
        parts.append(f"{abs(record.entry_part)} opened or added")
    text = (
        f"filled at {record.fill_at:%H:%M:%S}: {', '.join(parts)}; his net in "
        f"{record.key.exchange}:{record.key.symbol} is now {signed(str(record.net_after))}."
    )
    return Sentence(who=MASTER, text=text)


def _part_sized(record: r.PartScaled | r.PartLimited) -> Sentence:
    """Tell that what an order is to come to is another now."""
    if isinstance(record, r.PartLimited):
        text = f"its entry comes to {record.most} units at most: {record.detail}."
    else:
        per = "units in all" if record.fixed else "per unit"
        text = f"its waiting entry is sized by what he kept: {record.ratio} {per} now."
    return of_key(record.key, text)


def part_judged(
    record: r.PartScaled | r.PartLimited | r.MarginAsked | r.MarginKnown,
) -> Sentence:
    """Tell what became of an entry before it left: sized anew, cut by a limit, asked about its margin."""
    if isinstance(record, r.PartScaled | r.PartLimited):
        return _part_sized(record)
    return _of_margin(record)


def _of_margin(record: r.MarginAsked | r.MarginKnown) -> Sentence:
    """Tell that the margin of a basket was asked for, or what the answer was."""
    if isinstance(record, r.MarginAsked):
        legs = ", ".join(
            trade(leg.side.sign * leg.quantity) + f" {leg.symbol}" for leg in record.legs
        )
        text = f"the broker is asked what its basket needs as margin: {legs}."
    elif record.needed is None or record.free is None:
        text = "what its basket needs as margin could not be had; it goes on without."
    else:
        text = (
            f"its basket needs {in_rupees(record.needed)} margin, {in_rupees(record.free)} is free."
        )
    return of_key(record.key, text)


def part_opened(record: r.PartOpened) -> Sentence:
    """Return the sentence of a follower's part that begins."""
    ratio, carry = Fraction(record.ratio), Fraction(record.carry)
    owed = f", {signed(record.carry)} owed from before" if carry else ""
    own = f", {record.own:+d} held by its owner before" if record.own else ""
    basis = f" ({record.basis})" if record.basis else ""
    size = f"{plain(ratio)} of his units"
    if record.fixed:
        size, basis = f"{plain(ratio)} units", f" ({record.basis})"
    text = f"takes part in {record.key.venue.label} at {size}{basis}{owed}{own}."
    return of_key(record.key, text)


def exit_folded(record: r.ExitFolded) -> Sentence:
    """Return the sentence of what a master exit is worth to a follower."""
    if not record.claim:
        return of_key(
            record.key, "his exit takes nothing here: no whole lot copied is held that way."
        )
    return of_key(record.key, f"his exit is worth {trade(record.claim)} here.")


def told(record: r.NoticeRaised) -> Sentence | None:
    """Return the sentence of an alert; a card is only drawn anew and tells nothing itself."""
    notice = record.notice
    if notice.kind is not NoticeKind.ALERT:
        return None
    words = one_line(notice.text).removeprefix(f"{notice.follower}: ")
    text = f'alert ({notice.severity.value}): "{words}"'
    return Sentence(who=notice.follower or "", text=text)


def offer_settled(record: r.OfferSettled) -> Sentence:
    """Return the sentence of an offer's end: who chose what, or why nobody had to."""
    end = record.settlement
    follower = record.key.follower if record.key is not None else ""
    if not end.label:
        return Sentence(who=follower, text=f"the question put to people ended. {end.text}")
    return Sentence(who=follower, text=f'{end.by} chose "{end.label}". {end.text}')


def of_key(key: Key, text: str) -> Sentence:
    """Return a sentence about the follower of a key."""
    return Sentence(who=key.follower, text=text)
