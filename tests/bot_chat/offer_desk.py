"""A desk whose offers are the real engine's, for tests of their buttons."""

from msgspec.structs import replace

from bot.chat.app import ChatBot
from engine.core.chat.offer_view import offer_of_token, offer_view
from engine.core.state.turn import Decision
from engine.core.values.control import Choose, MakeButtons, Reply
from engine.core.values.events import Asked
from engine.core.values.market import Venue
from engine.core.values.notices import Notice
from tests.bot_chat.chat_fakes import FakeDesk
from tests.bot_chat.chat_views import a_status
from tests.core.core_world import World


class OfferDesk(FakeDesk):
    """Everything but offers is the plain fake's.

    Args:
        world: The engine, with time of its own.
    """

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.bot: ChatBot | None = None
        self.chosen: list[tuple[Choose, Reply]] = []
        self.view = replace(a_status(), venue=world.state.venue)
        if world.state.venue is Venue.LIVE:
            self.view = replace(self.view, armed_until=world.state.armed_until)

    async def ask(self, request, *, by, update_id=None, sent_at=None) -> Reply:
        if not isinstance(request, Choose | MakeButtons):
            return await super().ask(request, by=by, update_id=update_id, sent_at=sent_at)
        asked = Asked(
            request=request, by=by, update_id=update_id, sent_at=sent_at, at=self.world.now
        )
        decision = self.world.offer(asked)
        self.tell(decision)
        assert decision.reply is not None
        if isinstance(request, Choose):
            self.chosen.append((request, decision.reply))
        return decision.reply

    def tell(self, decision: Decision) -> None:
        """Give the chat what a decision tells."""
        for notice in decision.notices:
            self.show_notice(notice)

    def show_notice(self, notice: Notice) -> None:
        if self.bot is not None:
            self.bot.offer(notice)

    def report(self, delivered, *, by) -> None:
        super().report(delivered, by=by)
        self.world.offer(
            Asked(request=delivered, by=by, update_id=None, sent_at=None, at=self.world.now)
        )

    def offer(self, offer_id):
        return offer_view(self.world.state, offer_id)

    def offer_of(self, token):
        return offer_of_token(self.world.state, token)

    def offer_notice(self, offer_id):
        found = self.world.state.offers.get(offer_id)
        return found.notice if found is not None else None
