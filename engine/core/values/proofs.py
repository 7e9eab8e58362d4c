"""What an account's broker answered just now, without an order: the facts a doctor's lines are made of."""

from datetime import timedelta
from enum import StrEnum, unique
from ipaddress import AddressValueError, IPv4Address

from msgspec import Struct

from engine.core.values.market import AccountName
from engine.core.values.orders import Funds, Profile


@unique
class Silence(StrEnum):
    """Why an account's broker told nothing of it."""

    NO_SESSION = "no_session"  #: Nobody is logged in; nothing was asked.
    SESSION_ENDED = "session_ended"  #: Kite does not know the token any more.
    FORBIDDEN = "forbidden"  #: Kite refuses this app or this account.
    NOT_REACHED = "not_reached"  #: No usable answer.


class WayOut(Struct, frozen=True, kw_only=True, gc=False):
    """How an account's requests leave, over IPv4.

    Attributes:
        proxied: Whether through a proxy of its own.
        address: The IPv4 address of the proxy, or of this machine as its own network knows it; empty
            where it could not be told.
    """

    proxied: bool = False
    address: str = ""

    @property
    def is_public(self) -> bool:
        """Whether the address is one that Kite can see."""
        try:
            return IPv4Address(self.address).is_global
        except AddressValueError:
            return False


class AccountProof(Struct, frozen=True, kw_only=True, gc=False):
    """What one account's broker answered, or why not.

    Attributes:
        user_id: The Kite client id that the settings name.
        profile: Whose session it is and what it may trade; None where there is a silence.
        funds: Spendable rupees; None where that one answer failed.
        silence: Why there is no profile.
        why: The broker's words, or what went wrong, of the silence; one line.
        forbidden: What Kite says where it refuses this app the calculation of an order's margin.
        no_prices: What Kite says where it refuses this app prices; asked for the master alone.
        ahead: By how much this machine's clock is ahead of the broker's at least; None: not told.
        way: How the requests left.
    """

    account: AccountName
    user_id: str
    profile: Profile | None = None
    funds: Funds | None = None
    silence: Silence | None = None
    why: str = ""
    forbidden: str = ""
    no_prices: str = ""
    ahead: timedelta | None = None
    way: WayOut = WayOut()

    @property
    def is_well(self) -> bool:
        """Whether the session is alive and that of the account meant."""
        return self.profile is not None and self.profile.user_id == self.user_id
