"""A login that is not the account's, or is not its newest, is never used."""

import pytest

from engine.core.values.orders import Profile
from engine.core.values.secrets import Secret
from engine.errors import LoginRefused
from engine.ports import BrokerSession
from tests.core.core_holdings import holding
from tests.core.core_world import FATHER
from tests.engine_shell.test_shell_desk import Door


async def test_it_is_refused_before_anything_can_leave_with_it():
    door = Door(world=holding())
    door.shell.runner.state.account(FATHER).user_id = "UBEFORE"
    door.shell.diary.clear()
    with pytest.raises(
        LoginRefused, match=r"its copies are in UBEFORE: \+10 SBIN. Put UBEFORE back"
    ):
        await door.log_in()
    assert door.shell.diary == []
    assert door.journalled == []


async def test_what_a_profile_tells_of_a_login_that_was_replaced_meanwhile_changes_nothing():
    door = Door()
    told = Profile(
        user_id="UFATHER", user_name="Father", exchanges=frozenset({"NSE"}), products=frozenset(),
        demat_consent="",
    )  # fmt: skip

    async def slow() -> Profile:
        # While it is on its way the account logs in once more.
        door.shell.runner.state.account(FATHER).sealed_token = "the newer one"
        return told

    door.profiles.profile = slow
    await door.log_in()
    account = door.shell.runner.state.account(FATHER)
    assert account.sealed_token == "the newer one"
    assert account.exchanges != {"NSE"}


async def test_who_was_removed_while_he_logged_in_has_no_session_that_is_asked_for_again():
    door = Door()
    exchange = door.sessions.exchange

    async def slow(token: Secret) -> BrokerSession:
        del door.known[FATHER]
        return await exchange(token)

    door.sessions.exchange = slow
    with pytest.raises(LoginRefused, match="father was removed meanwhile"):
        await door.log_in()
    assert door.journalled == []
