"""Which sentence the audit log has of whom was let in and sent away, and of what they asked."""

from datetime import timedelta

import pytest

from engine.core.chat.plain_sentences import asking
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.events import Asked
from engine.core.values.people import Role
from tests.core.core_told import told
from tests.core.core_world import FATHER, MORNING, OWNER

UNTIL = MORNING + timedelta(minutes=10)


def an_invitation(role: Role, account_id: str) -> r.PersonInvited:
    return r.PersonInvited(
        digest="d", role=role, account_id=account_id, by_id=1, by="owner", expires_at=UNTIL, at=MORNING,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (an_invitation(Role.FOLLOWER, "UFATHER"),
         ": a pairing code for one follower of UFATHER was made by owner, good till 10:10."),
        (an_invitation(Role.OPERATOR, ""),
         ": a pairing code for one operator was made by owner, good till 10:10."),
        (r.PersonPaired(user_id=7, name="son", role=Role.OPERATOR, account_id="", digest="d", by="owner", at=MORNING),
         ": son (Telegram id 7) was paired as operator by a code of owner."),
        (r.PersonRevoked(user_id=7, name="son", by_id=1, by="owner", at=MORNING),
         ": son (Telegram id 7) was revoked by owner."),
        (r.CodeAccepted(user_id=7, totp_step=5, at=MORNING), ": the code of the second factor was right."),
        (r.StrangerNamed(user_id=7, at=MORNING), None),
        (r.PairingMissed(user_id=7, at=MORNING), ": a pairing code of Telegram id 7 does not work."),
    ],
)  # fmt: skip
def test_each_record_of_people_has_its_sentence(record, said):
    assert told(record) == said


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (c.ProveCode(totp_step=5), "gave a right code."),
        (c.InvitePerson(digest="d", role=Role.FOLLOWER, follower=FATHER),
         "made a pairing code for one follower of father."),
        (c.InvitePerson(digest="d", role=Role.OPERATOR), "made a pairing code for one operator."),
        (c.PairPerson(digest="d"), "sent a pairing code."),
        (c.RevokePerson(user_id=7), "asked to revoke the person with Telegram id 7."),
        (c.OpenChannels(channels=("email",)), "opened the channels of alerts."),
        (c.PairingFailed(user_id=7), "sent a pairing code that does not work."),
        (c.NameStranger(user_id=7, name="x"), "wrote to the bot, which does not know him."),
    ],
)  # fmt: skip
def test_each_request_about_people_has_its_sentence(request_, said):
    event = Asked(request=request_, by=OWNER, update_id=1, sent_at=None, at=MORNING)
    assert asking(event).text == said
