"""What people ask for, done in the same transaction as everything else."""

from typing import assert_never

from engine.core.chat import people_asks as people
from engine.core.chat.offer_choices import choose
from engine.core.chat.set_asks import take_setting
from engine.core.chat.settings_asks import refuse_settings, take_settings
from engine.core.observe.adoption import take_store, take_strangers
from engine.core.observe.open_positions import take_positions
from engine.core.observe.panic import take_panic, under_way
from engine.core.observe.sync import take_sync
from engine.core.observe.taking_part import baseline, leave_out_begun, open_entries
from engine.core.planning.detach import take_detach
from engine.core.risk.gates import standing_gate
from engine.core.risk.scale import scale_of
from engine.core.state.cancels import want_cancel
from engine.core.state.latches import held_up_exits, skip
from engine.core.state.people import role_of
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import Turn, topic_of
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.alert_levels import CHOICES
from engine.core.values.control import Reply
from engine.core.values.copies import Child, KeyBook
from engine.core.values.events import Asked
from engine.core.values.keys import Leg, row_key
from engine.core.values.logins import PendingLogin
from engine.core.values.market import MASTER, AccountName, Venue
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.people import Role
from engine.core.values.rules import FollowerRules

#: Wrong codes in a row that lock risk-adding commands (contract, bot rule 10).
MOST_TOTP_FAILURES = 5


def take_ask(turn: Turn, event: Asked) -> None:
    """Answer one request; an update that was answered before gets the same answer and no effect."""
    known = None if event.update_id is None else turn.state.replies.get(event.update_id)
    if known is not None:
        turn.reply = Reply(accepted=known.accepted, text=known.text, duplicate=True, op=known.op)
        return
    accepted, text = _do(turn, event)
    op = f"{turn.state.next_notice:x}{int(event.at.timestamp()) % 4096:03x}"[-4:]
    turn.reply = Reply(accepted=accepted, text=text, op=op)
    if event.update_id is not None:
        turn.emit(
            r.UpdateAnswered(
                update_id=event.update_id,
                user_id=event.by.user_id,
                reply=turn.reply,
                at=event.at,
            )
        )


def _do(turn: Turn, event: Asked) -> tuple[bool, str]:  # noqa: C901, PLR0911, PLR0912 - one row each
    request = event.request
    match request:
        case c.StartCopy():
            return _start(turn, request)
        case c.StopCopy():
            return _stop(turn)
        case c.CancelRestingEntries():
            return _cancel_resting(turn)
        case c.GoLive():
            return _go_live(turn, request, event.by)
        case c.GoPaper():
            return _go_paper(turn)
        case c.TotpFailed():
            return _totp_failed(turn)
        case c.UnlockTotp():
            turn.emit(r.TotpCounted(failures=0, locked=False))
            return True, "The TOTP lock is lifted."
        case c.PauseFollower():
            return _pause(turn, request.follower)
        case c.ResumeFollower():
            return _resume(turn, request.follower)
        case c.SyncCopies():
            return take_sync(turn, request)
        case c.CopyPositions():
            return take_positions(turn, request)
        case c.DetachHoldings():
            return take_detach(turn, request)
        case c.SquareOffAll():
            return take_panic(turn, request, event.by)
        case c.ChangeSetting():
            return take_setting(turn, request, event.by)
        case c.TakeSettings():
            return take_settings(turn, request)
        case c.RefuseSettings():
            return refuse_settings(turn, request)
        case c.ChooseAlerts():
            if request.level not in CHOICES[request.kind]:
                return (
                    False,
                    f"What money may hang on is never off: {request.kind} are silent at most.",
                )
            turn.emit(
                r.AlertsChosen(
                    chat_id=request.chat_id, kind=request.kind, level=request.level, at=turn.at
                )
            )
            return True, f"{request.kind}: {request.level}."
        case c.ChooseQuietHours(hours=hours):
            turn.emit(r.QuietHoursChosen(chat_id=request.chat_id, hours=hours, at=turn.at))
            return True, "quiet hours: set." if hours is not None else "quiet hours: none."
        case c.SetKill():
            return _kill(turn, request)
        case c.AcceptStore():
            return take_store(turn)
        case c.AdoptStrangers():
            return take_strangers(turn, request)
        case c.SessionStored():
            return _session(turn, request, told=event.by.user_id != 0)
        case c.ResealSessions():
            return _reseal(turn, request)
        case c.OfferLogin():
            return _offer_login(turn, request, event.by)
        case c.NoticeDelivered():
            turn.emit(
                r.NoticeShown(
                    notice_id=request.notice_id,
                    topic=request.topic,
                    chat_id=request.chat_id,
                    message_id=request.message_id,
                    at=event.at,
                    to_owner=role_of(turn.state, request.chat_id) in (None, Role.OWNER),
                )
            )
            return True, ""
        case c.OpenChannels():
            for channel in request.channels:
                if channel not in turn.state.channels:
                    turn.emit(r.ChannelOpened(channel=channel, at=event.at))
            return True, ""
        case c.ChannelDelivered():
            turn.emit(
                r.NoticeForwarded(notice_id=request.notice_id, channel=request.channel, at=event.at)
            )
            return True, ""
        case c.MakeButtons():
            turn.emit(r.ButtonsMade(offer_id=request.offer_id, token=request.token))
            return True, ""
        case c.Choose():
            return choose(turn, request, event.by)
        case c.ProveCode():
            return people.prove(turn, request, event.by)
        case c.InvitePerson():
            return people.invite(turn, request, event.by)
        case c.PairPerson():
            return people.pair(turn, request, event.by)
        case c.RevokePerson():
            return people.revoke(turn, request, event.by)
        case c.PairingFailed():
            return people.miss_pairing(turn, request)
        case c.NameStranger():
            return people.name_stranger(turn, request)
        case _:
            assert_never(request)


def _start(turn: Turn, request: c.StartCopy) -> tuple[bool, str]:
    state = turn.state
    if not state.account(MASTER).session_ok:
        return False, "The master has no session: log in with /login master first."
    if not state.account(MASTER).reconciled or not state.openings_known:
        return False, "The master's book has not been read yet: try again in a few seconds."
    panic = under_way(state)
    if panic is not None and panic.venue is state.venue:
        return False, (
            "Not started: /panic is still closing what is copied; its message says what is left. "
            "What it cannot close is handed to its owner by /detach."
        )
    if state.copying:
        # Another beginning would withdraw what waits to leave.
        text = f"Already copying since {state.copying_since:%H:%M:%S}."
    else:
        text = "Copying started: what the master does from now on is copied."
        baseline(turn, SkipReason.NOT_COPYING)
        leave_out_begun(turn, SkipReason.NOT_COPYING)
        turn.emit(r.CopyingSet(active=True, at=turn.at))
        for key in state.books:
            # What rested over a stop follows his orders again at once.
            turn.touch(key)
    lifted = _lift_open_orders(turn) if request.copy_open_orders else 0
    if lifted:
        text += f" {lifted} open order(s) of the master are copied too."
    return True, text


#: What may be over when somebody asks for the open orders again: then they are copied.
_PASSING = frozenset({SkipReason.PAUSED, SkipReason.DISABLED, SkipReason.OLD_INSTRUMENTS})


def _lift_open_orders(turn: Turn) -> int:
    """Copy the master's waiting entry orders that nothing of has filled yet."""
    lifted: set[str] = set()
    state = turn.state
    for key, order_id in open_entries(state):
        order = state.master[key].orders[order_id]
        for (venue, _), book in state.books.get(key, {}).items():
            part = book.parts.get(order_id)
            known = part.skips.get(Leg.ENTRY) if part else None
            rules = state.rules.get(book.key.follower)
            if venue is not state.venue or known is None or rules is None:
                continue
            if known.reason is not SkipReason.NOT_COPYING:
                continue
            if _may_be_copied(turn, rules, book, order):
                lifted.add(order_id)
        turn.touch(key)
    return len(lifted)


def _may_be_copied(turn: Turn, rules: FollowerRules, book: KeyBook, order: MasterOrder) -> bool:
    """Lift the skip of an open order, sized by what is known now; or record what else stands against it."""
    state, key, order_id = turn.state, book.key, order.row.order_id
    shown = row_key(order.row)
    instrument = state.instrument(shown.exchange, shown.symbol)
    scale, unsized = scale_of(
        state,
        rules,
        shown.exchange,
        lot_size=instrument.lot_size if instrument else 1,
        at=turn.at,
    )
    verdict = standing_gate(state, rules, shown, order.row) or unsized
    if verdict is not None:
        if verdict[0] not in _PASSING:
            skip(turn, key, order_id, Leg.ENTRY, *verdict)
        return False
    turn.emit(r.SkipLifted(key=key, order_id=order_id, leg=Leg.ENTRY))
    part = book.parts[order_id]
    if (part.ratio, part.fixed) != (scale.ratio, scale.fixed):
        # It was first seen before it was known, or long ago.
        turn.emit(
            r.PartScaled(
                key=key,
                order_id=order_id,
                ratio=str(scale.ratio),
                carry=str(part.carry),
                fixed=scale.fixed,
            )
        )
    return True


def resting_entries(state: State) -> list[Child]:
    """Return entry children that still work at the current venue."""
    return [
        child
        for child in state.open_children.values()
        if child.leg is Leg.ENTRY and child.key.venue is state.venue
    ]


def _stop(turn: Turn) -> tuple[bool, str]:
    resting = len(resting_entries(turn.state))
    was = turn.state.copying
    turn.emit(r.CopyingSet(active=False, at=turn.at))
    text = "Copying stopped. No further entry leaves." if was else "Copying was stopped already."
    text += " Exits, reductions and cancels still follow the master."
    if resting:
        text += f" {resting} entry order(s) still rest at the broker."
    return True, text


def _cancel_resting(turn: Turn) -> tuple[bool, str]:
    if turn.state.copying:
        return False, "Still copying, so they would be placed again: /stop first."
    resting = resting_entries(turn.state)
    for child in resting:
        want_cancel(turn, child)
    return True, f"Cancelling {len(resting)} resting entry order(s)." if resting else "None rest."


def _go_live(turn: Turn, request: c.GoLive, by: c.Requester) -> tuple[bool, str]:
    state = turn.state
    if state.totp_locked:
        return False, "Locked after five wrong codes: run `copytrader unlock` on the server."
    if request.totp_step is not None:
        if people.is_used(turn, request.totp_step):
            return False, "That code was used already: wait for the next one."
        accepted = r.CodeAccepted(user_id=by.user_id, totp_step=request.totp_step, at=turn.at)
        turn.emit(accepted)
    was = state.venue
    turn.emit(
        r.ModeSet(venue=Venue.LIVE, armed_until=request.armed_until, totp_step=request.totp_step)
    )
    until = f"{request.armed_until:%d %b %H:%M} IST"
    if was is Venue.LIVE:
        return True, f"LIVE entries are armed until {until}."
    if state.copying:
        # A switch of venue is a new beginning: real orders start only from a fresh baseline.
        turn.emit(r.CopyingSet(active=False, at=turn.at))
        return True, f"Mode is LIVE, armed until {until}. Copying is stopped: /start_copy begins."
    return True, f"Mode is LIVE, armed until {until}. Nothing is copied yet: /start_copy begins."


def _go_paper(turn: Turn) -> tuple[bool, str]:
    state = turn.state
    if state.venue is Venue.PAPER:
        return True, "Mode is PAPER already."
    held = sum(
        1
        for books in state.books.values()
        for (venue, _), book in books.items()
        if venue is Venue.LIVE and book.held
    )
    resting = sum(child.key.venue is Venue.LIVE for child in state.open_children.values())
    if held or resting:
        # In PAPER nothing is ever written to the broker, so an exit could not follow any more.
        return False, (
            f"Still LIVE: {held} copied holding(s) and {resting} open order(s) are at the broker, "
            "and in PAPER their exits could not follow. /stop now stops entries and lets exits "
            "follow; switch once nothing is left, or hand them back with /detach."
        )
    turn.emit(r.ModeSet(venue=Venue.PAPER, armed_until=None, totp_step=None))
    if state.copying:
        turn.emit(r.CopyingSet(active=False, at=turn.at))
    return True, "Mode is PAPER. Nothing is written to the broker. /start_copy begins."


def _totp_failed(turn: Turn) -> tuple[bool, str]:
    failures = turn.state.totp_failures + 1
    locked = failures >= MOST_TOTP_FAILURES
    turn.emit(r.TotpCounted(failures=failures, locked=locked))
    if locked:
        turn.tell(
            Severity.CRITICAL,
            "Five wrong TOTP codes: risk-adding commands are locked until `copytrader unlock` is "
            "run on the server. /stop and /paper still work.",
            topic="engine",
        )
        return False, "Wrong code. Locked now: run `copytrader unlock` on the server."
    left = MOST_TOTP_FAILURES - failures
    return False, f"Wrong code. {left} {'try' if left == 1 else 'tries'} left."


def _pause(turn: Turn, follower: AccountName) -> tuple[bool, str]:
    if follower not in turn.state.rules:
        return False, _no_such(turn.state, follower)
    turn.emit(r.FollowerPaused(follower=follower, paused=True))
    return True, f"{follower} is paused: no further entry. Its exits still follow the master."


def _resume(turn: Turn, follower: AccountName) -> tuple[bool, str]:
    if follower not in turn.state.rules:
        return False, _no_such(turn.state, follower)
    if turn.state.account(follower).reconciled:
        # Where it is still waited for, asking again does not make exits wait longer.
        turn.state.account(follower).unread(turn.at)
    turn.reads.add(follower)
    if turn.state.account(follower).paused:
        leave_out_begun(turn, SkipReason.PAUSED, "begun before /resume", follower=follower)
    turn.emit(r.FollowerPaused(follower=follower, paused=False, at=turn.at))
    text = f"{follower} takes entries again, once its order book has been read."
    held_up = held_up_exits(turn.state, follower)
    for child in held_up:
        turn.touch(child.key)
    if held_up:
        text += (
            f" {len(held_up)} exit(s) that Kite refused for want of authorised shares go out again."
        )
    return True, text


def _no_such(state: State, follower: AccountName) -> str:
    return f"No follower is named {follower!r}. Followers: {', '.join(state.rules) or 'none'}."


def _kill(turn: Turn, request: c.SetKill) -> tuple[bool, str]:
    active, step, last = request.active, request.totp_step, turn.state.totp_last_step
    if step is not None and last is not None and step <= last:
        return False, "That code was used already: wait for the next one."
    if turn.state.killed == active:
        return True, "The kill switch is " + ("set already." if active else "not set.")
    turn.emit(r.KillSet(active=active, totp_step=step))
    if active:
        text = "The kill switch is set: no further entry leaves. Exits still follow the master."
        turn.tell(Severity.CRITICAL, text, topic="engine")
        return True, text
    turn.tell(Severity.WARNING, "The kill switch is released.", topic="engine")
    return True, "The kill switch is released."


def _reseal(turn: Turn, request: c.ResealSessions) -> tuple[bool, str]:
    """Keep each session that has not ended under its new seal; nothing else of it changes."""
    for name, sealed in request.tokens:
        account = turn.state.account(name)
        if account.session_ok:
            turn.emit(
                r.SessionKept(
                    account=name,
                    ok=True,
                    user_id=account.user_id,
                    user_name=account.user_name,
                    sealed_token=sealed,
                    login_at=account.login_at,
                    exchanges=account.exchanges,
                    demat_consent=account.demat_consent,
                )
            )
    return True, ""


def _session(turn: Turn, request: c.SessionStored, *, told: bool) -> tuple[bool, str]:
    account = turn.state.account(request.account)
    known_better = account.is_login(request.sealed_token, request.login_at)
    turn.emit(
        r.SessionKept(
            account=request.account,
            ok=True,
            user_id=request.user_id,
            user_name=request.user_name,
            sealed_token=request.sealed_token,
            login_at=request.login_at,
            exchanges=request.exchanges,
            demat_consent=request.demat_consent,
        )
    )
    if known_better:
        return True, ""
    account.look_again(turn.at)
    ended = f"exit-session:{request.account}:"
    turn.state.told -= {mark for mark in turn.state.told if mark.startswith(ended)}
    turn.reads.add(request.account)
    for books in turn.state.books.values():
        for venue in Venue:
            if (venue, request.account) in books:
                turn.touch(books[venue, request.account].key)
    who = request.user_name or request.user_id
    text = f"{request.account} is logged in until 06:00 IST (Kite: {who})."
    if not told:
        turn.tell(Severity.INFO, text, topic=topic_of(request.account))
    return True, text


def _offer_login(turn: Turn, request: c.OfferLogin, by: c.Requester) -> tuple[bool, str]:
    login = PendingLogin(
        account=request.account,
        digest=request.digest,
        until=request.until,
        user_id=by.user_id,
        by=by.name,
        asked_in=request.asked_in,
    )
    turn.emit(r.LoginOffered(login=login))
    return True, ""
