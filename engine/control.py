"""The door people's requests come in by: what the chat and the command line may call."""

from datetime import datetime
from typing import Protocol

from engine.core.chat.offer_view import OfferView
from engine.core.chat.story import Story
from engine.core.values.alert_levels import AlertPreferences
from engine.core.values.control import ChannelDelivered, NoticeDelivered, Reply, Request, Requester
from engine.core.values.copy_view import CopyView
from engine.core.values.market import AccountName, OrderId, Venue
from engine.core.values.notices import Notice
from engine.core.values.position_views import AccountDrift, AccountPositions
from engine.core.values.secrets import Secret
from engine.core.values.strangers import StrangerView
from engine.core.values.views import AccountFunds, CheckLine, StatusView


class ControlDesk(Protocol):
    """Asks the engine's one queue, and reads its state. Everything runs on the engine's loop."""

    async def ask(
        self,
        request: Request,
        *,
        by: Requester,
        update_id: int | None = None,
        sent_at: datetime | None = None,
    ) -> Reply:
        """Put a request into the queue and return the answer once it is durable.

        A Telegram ``update_id`` acts once, across restarts too: a repeat returns the first
        answer with ``duplicate`` set. Stopping takes effect before this first awaits.

        Raises:
            JournalError: The store cannot be written; nothing took effect. Tell the person.
        """
        ...

    def report(self, delivered: NoticeDelivered | ChannelDelivered, *, by: Requester) -> None:
        """Have a delivery noted together with whatever is decided next; returns at once.

        A notice whose delivery never became durable is offered again after a restart.
        """
        ...

    def status(self) -> StatusView:
        """Return the status card."""
        ...

    def strangers(self) -> tuple[str, tuple[StrangerView, ...]]:
        """Return why entries are frozen (empty: they are not), and the orders to be adopted."""
        ...

    def positions(self, account: AccountName | None = None) -> tuple[AccountPositions, ...]:
        """Return positions of one account, or of all, the master first."""
        ...

    def copies(self, limit: int = 10) -> tuple[CopyView, ...]:
        """Return the newest master orders with their followers' parts, newest first."""
        ...

    def copy(self, venue: Venue, master_order_id: OrderId) -> CopyView | None:
        """Return one master order with its followers' parts, or None."""
        ...

    async def why(self, asked: str) -> Story | None:
        """Return the whole story of an order id, tag, card number or op id; None if unknown.

        Raises:
            StoreDamaged: The store cannot be read.
        """
        ...

    async def funds(self, account: AccountName | None = None) -> tuple[AccountFunds, ...]:
        """Read what every account, or one, may spend, the master first; bounded, never raises for one."""
        ...

    def drift(self) -> tuple[AccountDrift, ...]:
        """Return in which symbols each follower is not in step with the master."""
        ...

    async def preflight(self, venue: Venue) -> tuple[CheckLine, ...]:
        """Check what a start in this mode needs; a FAIL line forbids it."""
        ...

    async def checked(self, venue: Venue) -> tuple[CheckLine, ...]:
        """Return a preflight for which every account's broker is asked; a line for whoever is left out."""
        ...

    def login_url(self, account: AccountName, state: str) -> str:
        """Return the account's login page; ``state`` comes back in the redirect."""
        ...

    async def login(
        self,
        account: AccountName,
        request_token: Secret,
        *,
        by: Requester,
        update_id: int | None = None,
    ) -> str:
        """Exchange a request token, store the session and return one plain line about it.

        Raises:
            LoginRefused: The text says why and the mend.
            BrokerUnavailable: Try again.
        """
        ...

    def totp_last_step(self) -> int | None:
        """Return the newest time step whose code was accepted, or None."""
        ...

    def card_message(self, topic: str, chat_id: int) -> int | None:
        """Return the chat message that shows this topic, so that it can be edited, or None."""
        ...

    def offer(self, offer_id: int) -> OfferView | None:
        """Return an offer as its message should show it, or None where it is not known any more."""
        ...

    def offer_of(self, token: str) -> OfferView | None:
        """Return the offer whose buttons carry data of this digest, or None."""
        ...

    def offer_notice(self, offer_id: int) -> Notice | None:
        """Return the notice that an offer is put under, or None."""
        ...

    def alerts_of(self, chat_id: int) -> AlertPreferences:
        """Return how loud messages are in a chat, by its person's choice."""
        ...

    def totp_locked(self) -> bool:
        """Return whether five wrong codes have locked risk-adding commands."""
        ...
