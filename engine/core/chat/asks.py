"""What people ask for, done in the same transaction as everything else."""

from typing import assert_never

from engine.core.chat import people_asks as people
from engine.core.chat.account_asks import (
    keep_followers,
    keep_session,
    offer_login,
    pause,
    reseal,
    resume,
)
from engine.core.chat.copying_asks import cancel_resting, start, stop
from engine.core.chat.mode_asks import go_live, go_paper, set_kill, totp_failed
from engine.core.chat.offer_choices import choose
from engine.core.chat.set_asks import take_setting
from engine.core.chat.settings_asks import refuse_settings, take_settings
from engine.core.observe.adoption import take_store, take_strangers
from engine.core.observe.open_positions import take_positions
from engine.core.observe.panic import take_panic
from engine.core.observe.sync import take_sync
from engine.core.planning.detach import take_detach
from engine.core.state.people import role_of
from engine.core.state.turn import Turn
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.alert_levels import CHOICES
from engine.core.values.control import Reply
from engine.core.values.events import Asked
from engine.core.values.people import Role


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
            return start(turn, request)
        case c.StopCopy():
            return stop(turn)
        case c.CancelRestingEntries():
            return cancel_resting(turn)
        case c.GoLive():
            return go_live(turn, request, event.by)
        case c.GoPaper():
            return go_paper(turn)
        case c.TotpFailed():
            return totp_failed(turn)
        case c.UnlockTotp():
            turn.emit(r.TotpCounted(failures=0, locked=False))
            return True, "The TOTP lock is lifted."
        case c.PauseFollower():
            return pause(turn, request.follower)
        case c.ResumeFollower():
            return resume(turn, request.follower)
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
        case c.KeepFollowers():
            return keep_followers(turn, request)
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
            return set_kill(turn, request)
        case c.AcceptStore():
            return take_store(turn)
        case c.AdoptStrangers():
            return take_strangers(turn, request)
        case c.SessionStored():
            return keep_session(turn, request, told=event.by.user_id != 0)
        case c.ResealSessions():
            return reseal(turn, request)
        case c.OfferLogin():
            return offer_login(turn, request, event.by)
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
