"""Which sentence `/why` tells of each thing that people ask for."""

import pytest

from engine.core.chat.plain_sentences import asking
from engine.core.values import control as c
from engine.core.values.events import Asked
from engine.core.values.market import (
    AccountName,
)
from tests.core.core_told import M1
from tests.core.core_world import FATHER, MORNING, OWNER


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
        (c.CopyPositions(mark="m"), "confirmed to copy the master's open positions."),
        (c.DetachHoldings(follower=FATHER, symbol="SBIN", mark="m"),
         "asked to hand father's copies of SBIN back."),
        (c.DetachHoldings(follower=FATHER, symbol=None, mark="m"),
         "asked to hand father's copies of everything back."),
        (c.SetKill(active=True), "asked to set the kill switch."),
        (c.SetKill(active=False, totp_step=77), "asked to release the kill switch."),
        (c.AcceptStore(), "asked to take the store of the past as it is."),
        (c.AdoptStrangers(orders=(M1,), totp_step=77),
         "asked to take over 1 order that this store never sent."),
        (c.SessionStored(account=AccountName("father"), user_id="U1", user_name="Father",
                         sealed_token="sealed", login_at=MORNING), "logged father in."),
        (c.ResealSessions(tokens=((FATHER, "sealed"),)), "sealed the kept sessions anew."),
        (c.KeepFollowers(kept=((FATHER, "sealed"),)), "had the accounts of 1 follower kept, sealed."),
        (c.OfferLogin(account=FATHER, digest="d", until=MORNING), "was given a login button for father."),
        (c.NoticeDelivered(notice_id=1, topic="engine", chat_id=1, message_id=1), "was shown a message."),
        (c.ChannelDelivered(notice_id=1, channel="email"), "had an alert taken by email."),
        (c.MakeButtons(offer_id=1, token="t"), "was shown buttons."),
        (c.Choose(token="t", choice=0), "pressed a button."),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)  # fmt: skip
def test_who_asked_for_what_is_told_without_secrets(request_, said):
    event = Asked(request=request_, by=OWNER, update_id=1, sent_at=None, at=MORNING)
    sentence = asking(event)
    assert (sentence.who, sentence.text) == ("owner", said)
