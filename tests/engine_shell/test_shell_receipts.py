"""Receipts of alerts are stamped by the engine's own clock."""

from datetime import timedelta

from engine.core.values import control as c
from tests.core.core_world import OWNER
from tests.engine_shell.shell_world import settle
from tests.engine_shell.test_shell_desk import Door


class SetBack:
    """The machine's clock after a time server has set it back; the engine's has not gone along."""

    def __init__(self, engine) -> None:
        self._engine = engine

    def now(self):
        return self._engine.now() - timedelta(minutes=20)


async def test_a_machine_that_was_set_back_does_not_make_an_alert_seem_delivered_long_ago():
    """Else it would count as unacknowledged for twenty minutes and stop entries at once."""
    door = Door()
    door.desk._clock = SetBack(door.shell.clock)
    door.desk.report(c.NoticeDelivered(notice_id=1, topic="", chat_id=7, message_id=9), by=OWNER)
    await settle()
    [[(_, [record])]] = door.journalled
    assert record.at == door.shell.clock.now()
