"""Sentences that need no memory of earlier ones."""

from dataclasses import dataclass
from typing import assert_never

from engine.core.chat.phrases import one_line, plain, signed, trade
from engine.core.risk.words import in_rupees
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.counts import counted
from engine.core.values.events import Asked
from engine.core.values.exact import exact
from engine.core.values.keys import Key
from engine.core.values.market import MASTER
from engine.core.values.notices import NoticeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """What happened, and to whom: an account's name, a person's, or nobody's."""

    who: str
    text: str


def asking(event: Asked) -> Sentence:
    """Return who asked for what; secrets in a request are never told."""
    return Sentence(who=event.by.name, text=f"{_asked(event.request)}.")


def _asked(request: c.Request) -> str:  # noqa: C901, PLR0911, PLR0912 - one row a kind of request
    match request:
        case c.StartCopy(copy_open_orders=open_too):
            return f"asked to start copying{', open orders too' if open_too else ''}"
        case c.StopCopy():
            return "asked to stop copying"
        case c.CancelRestingEntries():
            return "asked to cancel the resting entries"
        case c.GoLive():
            return "asked to switch to LIVE"
        case c.GoPaper():
            return "asked to switch to PAPER"
        case c.TotpFailed():
            return "gave a wrong code"
        case c.UnlockTotp():
            return "asked to lift the lock of wrong codes"
        case c.PauseFollower(follower=follower):
            return f"asked to pause {follower}"
        case c.ResumeFollower(follower=follower):
            return f"asked to resume {follower}"
        case c.SyncCopies(follower=follower):
            return f"confirmed what /sync proposed for {follower or 'all'}"
        case c.CopyPositions():
            return "confirmed to copy the master's open positions"
        case c.DetachHoldings(follower=follower, symbol=symbol):
            return f"asked to hand {follower}'s copies of {symbol or 'everything'} back"
        case c.SquareOffAll(venue=venue):
            return f"confirmed /panic in {venue.label}"
        case c.ChangeSetting(follower=follower, key=key, text=text):
            value = "what the settings say" if text is None else text or "none"
            return f"asked to set {follower or 'all'} {key} to {value}"
        case c.TakeSettings(rules=rules):
            return f"had the settings read again: {counted(len(rules), 'follower')}"
        case c.KeepFollowers(kept=kept):
            return f"had the accounts of {counted(len(kept), 'follower')} kept, sealed"
        case c.RefuseSettings(faults=faults):
            return f"had the settings read again: {counted(len(faults), 'fault')}"
        case c.ChooseAlerts(kind=kind, level=level):
            return f"asked to have {kind} {level} in this chat"
        case c.ChooseQuietHours():
            return "asked for other quiet hours"
        case c.SetKill(active=active):
            return f"asked to {'set' if active else 'release'} the kill switch"
        case c.AcceptStore():
            return "asked to take the store of the past as it is"
        case c.AdoptStrangers(orders=orders):
            return f"asked to take over {counted(len(orders), 'order')} that this store never sent"
        case c.SessionStored(account=account):
            return f"logged {account} in"
        case c.ResealSessions():
            return "sealed the kept sessions anew"
        case c.OfferLogin(account=account):
            return f"was given a login button for {account}"
        case c.NoticeDelivered():
            return "was shown a message"
        case c.OpenChannels():
            return "opened the channels of alerts"
        case c.ChannelDelivered(channel=channel):
            return f"had an alert taken by {channel}"
        case c.MakeButtons():
            return "was shown buttons"
        case c.Choose():
            return "pressed a button"
        case c.ProveCode():
            return "gave a right code"
        case c.InvitePerson(role=role, follower=follower):
            return f"made a pairing code for one {role}{f' of {follower}' if follower else ''}"
        case c.PairPerson():
            return "sent a pairing code"
        case c.RevokePerson(user_id=user_id):
            return f"asked to revoke the person with Telegram id {user_id}"
        case c.PairingFailed():
            return "sent a pairing code that does not work"
        case c.NameStranger():
            return "wrote to the bot, which does not know him"
        case _:
            assert_never(request)


_OfPeople = (
    r.PersonInvited
    | r.PersonPaired
    | r.PersonRevoked
    | r.CodeAccepted
    | r.PairingMissed
    | r.StrangerNamed
)


def of_people(record: _OfPeople) -> Sentence | None:
    """Return the sentence of somebody who was let in or sent away; None where it is no news."""
    match record:
        case r.PersonInvited(role=role, account_id=account_id, by=by, expires_at=until):
            account = f" of {account_id}" if account_id else ""
            text = (
                f"a pairing code for one {role}{account} was made by {by}, good till {until:%H:%M}."
            )
        case r.PersonPaired(user_id=user_id, name=name, role=role, by=by):
            text = f"{name} (Telegram id {user_id}) was paired as {role} by a code of {by}."
        case r.PersonRevoked(user_id=user_id, name=name, by=by):
            text = f"{name} (Telegram id {user_id}) was revoked by {by}."
        case r.CodeAccepted():
            text = "the code of the second factor was right."
        case r.PairingMissed(user_id=user_id):
            text = f"a pairing code of Telegram id {user_id} does not work."
        case r.StrangerNamed():
            # What was told stands as a notice.
            return None
        case _:
            assert_never(record)
    return Sentence(who="", text=text)


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
        but = f", but for {record.out} that he is out of again" if record.out else ""
        text = f"its waiting entry is sized by what he kept: {record.ratio} {per} now{but}."
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
    ratio, carry = exact(record.ratio), exact(record.carry)
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


def claimed(record: r.Claimed) -> Sentence | None:
    """Return the sentence of what is to be exited besides a fill of his; None where nothing is."""
    if not record.claim:
        return None
    if record.met:
        units = abs(record.claim)
        return of_key(record.key, f"{units} units need no exit: an entry has met them already.")
    more = f"{trade(record.claim)} more is to be exited: a late fill, or left over."
    return of_key(record.key, more)


def holding_changed(
    record: r.HoldingGone
    | r.HeldConverted
    | r.HeldProved
    | r.HeldEnded
    | r.HoldingClosed
    | r.HoldingDetached,
) -> Sentence:
    """Return the sentence of what became of a copied holding otherwise than by orders of ours."""
    match record:
        case r.HoldingGone(units=units):
            text = f"{abs(units)} copied units are gone by other hands; written off."
        case r.HeldConverted(product=product):
            text = f"its owner converted what is held to {product.value}."
        case r.HeldProved(own=own):
            besides = f"; {own:+d} besides it are its owner's own" if own else ""
            text = f"what it holds was compared with the account{besides}."
        case r.HeldEnded(units=units):
            text = f"the contract expired: {abs(units)} copied units are closed."
        case r.HoldingClosed(units=units, price=price):
            shut = f"{abs(units)} copied units were closed on paper"
            text = f"{shut} at {price:f}, by no order of ours."
        case r.HoldingDetached():
            text = "handed back: it is its owner's own now and not followed."
        case _:
            assert_never(record)
    return of_key(record.key, text)


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
