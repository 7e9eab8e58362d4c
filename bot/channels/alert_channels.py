"""All channels together: what is told goes to each, and none waits for another."""

from collections.abc import Callable, Collection, Sequence

from bot.channels.channel import Channel
from bot.channels.forwarder import Forwarder, Pacing
from engine.clock import Clock
from engine.core.values.notices import Notice, Severity


class AlertChannels:
    """One forwarder a channel; the engine calls :meth:`offer` and never waits for anything here.

    Args:
        channels: Each with the least severity that goes by it.
        clock: Tells how late an alert is.
        delivered: Told of each notice that a channel has delivered, with the channel's name.
        told: Told in one line when a channel fails or works again, with a topic.
        pacing: Waits; tests shorten them.
    """

    def __init__(
        self,
        channels: Sequence[tuple[Channel, Severity]],
        *,
        clock: Clock,
        delivered: Callable[[Notice, str], None],
        told: Callable[[str, str], None],
        pacing: Pacing | None = None,
    ) -> None:
        def forwarder(channel: Channel, least: Severity) -> Forwarder:
            return Forwarder(
                channel,
                least=least,
                clock=clock,
                delivered=lambda notice: delivered(notice, channel.name),
                told=lambda line: told(line, f"channel:{channel.name}"),
                pacing=pacing,
            )

        #: Each is a task of its own.
        self.forwarders = tuple(forwarder(channel, least) for channel, least in channels)

    @property
    def names(self) -> tuple[str, ...]:
        """The channels' names."""
        return tuple(each.channel.name for each in self.forwarders)

    def offer(self, notice: Notice) -> None:
        """Take a notice for every channel that it is loud enough for. Returns at once."""
        for each in self.forwarders:
            each.offer(notice)

    def offer_again(self, notice: Notice, names: Collection[str]) -> None:
        """Take an alert from before the start for the channels that may not have delivered it."""
        for each in self.forwarders:
            if each.channel.name in names:
                each.offer(notice, may_repeat=True)
