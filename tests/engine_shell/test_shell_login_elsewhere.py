"""A login of another Kite account than the one that holds what was copied is never used."""

import pytest

from engine.errors import LoginRefused
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
