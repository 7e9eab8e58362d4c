"""The channels that are configured besides the chat."""

from bot.channels.apprise_urls import AppriseChannel
from bot.channels.channel import Channel
from bot.channels.discord import DiscordChannel
from bot.channels.mail import MailChannel
from bot.settings.channels import ChannelSettings
from engine.clock import Clock
from engine.core.values.notices import Severity


def configured_channels(chosen: ChannelSettings, clock: Clock) -> list[tuple[Channel, Severity]]:
    """Return the configured channels, each with the least severity that goes by it.

    Raises:
        ConfigError: One cannot be used as configured.
    """
    found: list[tuple[Channel, Severity]] = []
    if chosen.email is not None:
        found.append((MailChannel(chosen.email, clock), chosen.email.least))
    if chosen.whatsapp is not None:
        # Twilio's SDK takes a sixth of a second to load: only who uses it waits for it.
        from bot.channels.whatsapp import WhatsappChannel  # noqa: PLC0415

        found.append((WhatsappChannel(chosen.whatsapp), chosen.whatsapp.least))
    if chosen.discord is not None:
        found.append((DiscordChannel(chosen.discord), chosen.discord.least))
    if chosen.apprise is not None:
        found.append((AppriseChannel(chosen.apprise), chosen.apprise.least))
    return found
