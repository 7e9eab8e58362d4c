"""One alert that cannot be put into words ends no channel: it is named, and the others go."""

from msgspec.structs import replace

from tests.bot_channels.test_channel_forwarding import FakeChannel, Forwarded
from tests.bot_chat.chat_views import MORNING, an_alert


async def test_an_odd_alert_is_named_and_the_next_one_goes():
    mail = FakeChannel()
    forwarded = Forwarded(mail)
    async with forwarded.running():
        forwarded.channels.offer(replace(an_alert(7), at=MORNING.replace(tzinfo=None)))
        forwarded.channels.offer(an_alert(8))
        odd, plain = await mail.until(2)
    assert odd == "LIVE ERROR alert 7: see the chat"
    assert "alert 8" in plain
    assert forwarded.delivered == [(7, "email"), (8, "email")]
