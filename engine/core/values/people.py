"""Who may speak to the program, and as what. Numeric Telegram ids decide; names are only shown."""

from datetime import datetime, timedelta
from enum import StrEnum, unique

from msgspec import Struct

from engine.core.values.market import AccountName

#: What is told of people belongs to this; only owners are told it.
PEOPLE_TOPIC = "people"
#: How long a pairing code works.
CODE_LASTS = timedelta(minutes=10)
#: Wrong pairing codes of one person within an hour; after that none of his is looked at. A choice of ours:
#: nobody mistypes oftener, and a code has 60 bits (``bot/chat/pairing_code.py``).
MOST_GUESSES = 5
GUESSES_COUNT_FOR = timedelta(hours=1)


@unique
class Role(StrEnum):
    """What a person may do; what exactly: ``bot/chat/roles.py``."""

    OWNER = "owner"  #: Everything.
    OPERATOR = "operator"  #: Reads of all accounts, and what stops entries.
    FOLLOWER = "follower"  #: Reads of one account, and to pause that one.


#: From least to most.
RANKS = (Role.FOLLOWER, Role.OPERATOR, Role.OWNER)


class Person(Struct, frozen=True, kw_only=True, gc=False):
    """Somebody who was paired by a code.

    Attributes:
        user_id: Numeric Telegram id; also his private chat's.
        name: As Telegram told it at the pairing; anybody may call himself anything.
        account_id: Kite user id of the account he follows; empty for other roles. A name in the
            settings may move to another account, this does not.
        by: Who made the code.
        digest: Of the code, so that the same sent again is told from a wrong one.
    """

    user_id: int
    name: str
    role: Role
    account_id: str
    paired_at: datetime
    by: str
    digest: str = ""


class Invitation(Struct, frozen=True, kw_only=True, gc=False):
    """A pairing code that was not used yet; of the code itself only a digest is kept.

    Attributes:
        by_id: Who made it, 0 for the command line; it works while he is an owner.
    """

    digest: str
    role: Role
    account_id: str
    by_id: int
    by: str
    expires_at: datetime


class PersonView(Struct, frozen=True, kw_only=True, gc=False):
    """One paired person as the chat shows and judges him.

    ``account`` is the follower's name in the settings now; None for other roles, and where no
    account with that Kite id is configured any more.
    """

    user_id: int
    name: str
    role: Role
    account: AccountName | None
    account_id: str
    paired_at: datetime
    by: str
