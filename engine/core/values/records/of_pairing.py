"""Who was let in, by whom, and who was sent away; and whose code was taken."""

from datetime import datetime

from msgspec import Struct

from engine.core.values.people import Role


class PersonInvited(Struct, frozen=True, kw_only=True, gc=False):
    """A pairing code was made; an older one of the same role and account works no more.

    Attributes:
        digest: Of the code; the code itself is nowhere kept.
        by_id: Who made it: a numeric Telegram id, or 0 for the command line.
    """

    digest: str
    role: Role
    account_id: str
    by_id: int
    by: str
    expires_at: datetime
    at: datetime


class PersonPaired(Struct, frozen=True, kw_only=True, gc=False):
    """A person sent a code that worked; it works no more. ``by`` made the code."""

    user_id: int
    name: str
    role: Role
    account_id: str
    digest: str
    by: str
    at: datetime


class PersonRevoked(Struct, frozen=True, kw_only=True, gc=False):
    """A person is heard no more; ``by`` did it."""

    user_id: int
    name: str
    by_id: int
    by: str
    at: datetime


class CodeAccepted(Struct, frozen=True, kw_only=True, gc=False):
    """A code of the second factor was taken from a person; it answers for him a while."""

    user_id: int
    totp_step: int
    at: datetime


class PairingMissed(Struct, frozen=True, kw_only=True, gc=False):
    """A person sent a pairing code that does not work: a guess, which counts for an hour."""

    user_id: int
    at: datetime


class StrangerNamed(Struct, frozen=True, kw_only=True, gc=False):
    """Owners were told that somebody unknown writes to the bot."""

    user_id: int
    at: datetime
