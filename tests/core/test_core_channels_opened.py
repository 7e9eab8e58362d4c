"""What was told before a channel was configured is not for it: its first day is remembered."""

from engine.core.values import control as c
from engine.core.values.records import ChannelOpened
from tests.core.core_world import World


def test_a_channel_opens_once_whenever_it_is_named_again():
    world = World()
    first = world.now
    world.ask(c.OpenChannels(channels=("email",)))
    world.sleep(3600)
    world.ask(c.OpenChannels(channels=("email", "discord")))
    assert world.state.channels == {"email": first, "discord": world.now}
    opened = [kind for kind, _ in world.journal if kind == ChannelOpened.__name__]
    assert len(opened) == 2, "the journal says it once of each"
    world.restart()
    assert next(iter(world.state.channels.items())) == ("email", first)
