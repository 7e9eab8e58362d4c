"""Errors named by what the caller must do next.

The core never raises these for a market outcome: it returns refusals. They are
for reads, for the store and for our own bugs.
"""

from datetime import timedelta


class CopyTraderError(Exception):
    """Base of every error this program raises on purpose; its text is one line for a person."""


class ConfigError(CopyTraderError):
    """Do not start: the settings are refused. ``faults`` lists every fault at once."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(faults))


class BrokerError(CopyTraderError):
    """A broker read failed. What it would have told is *not known*, never "flat" or "gone"."""


class BrokerUnavailable(BrokerError):
    """The broker did not answer usably. Keep the last known state and read again later."""


class RateLimited(BrokerError):
    """The broker refused for rate (HTTP 429). Wait ``retry_after``, then read again."""

    def __init__(self, message: str, *, retry_after: timedelta = timedelta(seconds=1)) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class SessionExpired(BrokerError):
    """The access token is dead. Park the account and ask its owner to log in."""


class PermissionDenied(BrokerError):
    """The broker forbids this for the account (plan, segment, source IP). Halt its lane."""


class LoginRefused(BrokerError):
    """A login could not be completed; the text says which step and the mend."""


class JournalError(CopyTraderError):
    """The journal cannot be written. No journal, no order: halt everything."""


class JournalFull(JournalError):
    """The disk has no room for the journal. Make room and try the same batch once; else halt."""


class StoreDamaged(JournalError):
    """The store fails its integrity check or is newer than this program. Do not start."""


class AmbiguousId(CopyTraderError):
    """What was typed is a part of several ids. Show them and ask for more of it."""


class InvalidTransition(CopyTraderError):
    """An impossible state change was asked for: our bug. Halt and alert; nothing was changed."""
