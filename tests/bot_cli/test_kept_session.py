"""A session that was kept over a restart: of today, and of the very account that the settings name."""

from datetime import datetime, timedelta

import pytest
from typing_extensions import override

from bot.restart import Opener, kept_session
from engine.core.state.state import State
from engine.core.values.market import IST, AccountName

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=IST)
FATHER = AccountName("father")


class PlainOpener(Opener):
    @override
    def open(self, sealed: str, context: str) -> str:
        return sealed.removeprefix("sealed:")


def logged_in(user_id: str, *, at: datetime = NOW) -> State:
    state = State()
    account = state.account(FATHER)
    account.session_ok, account.user_id, account.user_name = True, user_id, "Father"
    account.sealed_token, account.login_at = "sealed:token", at
    return state


@pytest.mark.parametrize(
    ("was", "now_named", "at", "kept"),
    [
        ("AB1234", "AB1234", NOW - timedelta(hours=3), True),
        ("AB1234", "CD5678", NOW - timedelta(hours=3), False),
        ("AB1234", "AB1234", NOW - timedelta(hours=12), False),
    ],
    ids=["the same account", "the name stands for another account now", "of yesterday"],
)
def test_a_session_is_kept_for_the_account_it_was_opened_for(was, now_named, at, kept):
    state = logged_in(was, at=at)
    session = kept_session(state, FATHER, PlainOpener(), user_id=now_named, now=NOW)
    assert (session is not None) is kept
    if session is not None:
        assert session.user_id == was
        assert session.access_token.reveal() == "token"
