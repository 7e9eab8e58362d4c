"""A login that was offered and has not happened yet."""

from dataclasses import dataclass
from datetime import datetime

from engine.core.values.market import AccountName


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingLogin:
    """The one login button of an account that may still be used.

    Attributes:
        digest: SHA-256 of the state in its address, so that whoever reads the store cannot log in.
        until: When it ends.
        user_id: Who asked for it; 0 for nobody in the chat.
        by: Their name.
    """

    account: AccountName
    digest: str
    until: datetime
    user_id: int
    by: str
