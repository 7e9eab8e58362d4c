"""What the chat needs of the engine's door besides what everybody may call."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from bot.day_reads import DayReads
from engine.control import ControlDesk
from engine.core.chat.set_asks import Proposed
from engine.core.values.logins import PendingLogin
from engine.core.values.market import AccountName
from engine.core.values.people import PersonView
from engine.core.values.position_views import DetachProposal, SyncProposal
from engine.core.values.views import AccountLimits, SettingLine


class ChatDesk(ControlDesk, Protocol):
    """The engine's door as the chat uses it."""

    def people(self) -> tuple[PersonView, ...]:
        """Return everybody who was paired by a code; owners of the settings are not among them."""
        ...

    def invites(self, digest: str) -> bool:
        """Return whether a pairing code of this digest would work now."""
        ...

    def pairing_guesses(self, user_id: int) -> int:
        """Return how many pairing codes that do not work a person has sent within an hour, over restarts."""
        ...

    def pairing_failed(self, user_id: int) -> None:
        """Count one more of them; returns at once."""
        ...

    def name_stranger(self, user_id: int, name: str) -> None:
        """Have owners told that somebody unknown writes to the bot; returns at once."""
        ...

    def code_accepted_at(self, user_id: int) -> datetime | None:
        """Return when a code of the second factor was last taken from a person, or None."""
        ...

    @property
    def days(self) -> DayReads:
        """Reads of whole trading days."""
        ...

    def open_entries(self) -> int:
        """Return how many of the master's working entries a start may copy too."""
        ...

    def pending_logins(self) -> tuple[PendingLogin, ...]:
        """Return of each account the login button that may still be used, or has just ended."""
        ...

    def limits(self) -> tuple[AccountLimits, ...]:
        """Return the limits on followers' entries, with what is used of them."""
        ...

    def proposed_setting(
        self, follower: AccountName, key: str, text: str | None
    ) -> Proposed | None:
        """Return what setting a value would come to; None where there is no such key or follower.

        Args:
            follower: Whose; ``ALL`` for what is over all followers.
            key: Without ``FOLLOWERS__<NAME>__``.
            text: A value that the parser of the settings took; None: as in the settings again.
        """
        ...

    def setting_lines(self, follower: AccountName) -> tuple[SettingLine, ...]:
        """Return every value of a follower, or of ``ALL``, that may be set."""
        ...

    def sync_proposal(self, follower: AccountName | None) -> SyncProposal:
        """Return the orders that would bring one follower, or all, in step."""
        ...

    def positions_proposal(self, without: Collection[AccountName] = ()) -> SyncProposal:
        """Return the entries that would give followers the master's open positions too, ``without`` some of them."""
        ...

    async def affordable_positions(self) -> SyncProposal:
        """Return these entries, in LIVE with the margin of each follower's; those whom it is short for get none.

        It asks the broker: await it beside the handlers.
        """
        ...

    def detach_proposal(self, follower: AccountName, symbol: str | None) -> DetachProposal:
        """Return the copies of an account, or of one symbol there, that would be handed back."""
        ...
