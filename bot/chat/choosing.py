"""The buttons of offers: pressed by any owner, at any time until the matter is settled, once."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.chat.arming import Arming
from bot.chat.cockpit import Cockpit
from bot.chat.incoming import Incoming
from bot.chat.offer_board import OFFER_PREFIX, digest_of, ended
from bot.chat.render import alert
from engine.core.chat.offer_choices import NO_SUCH_BUTTON
from engine.core.values.control import Choose, Reply
from engine.core.values.market import Venue

_ANOTHER_MOMENT = "Asked: see the message below."


class Choosing:
    """Handlers of presses on offers.

    Args:
        cockpit: What handlers may use.
        arming: Asks for a code where a choice sends an entry with real money.
    """

    def __init__(self, cockpit: Cockpit, arming: Arming) -> None:
        self._cockpit = cockpit
        self._arming = arming

    @staticmethod
    def owns(data: str) -> bool:
        """Return whether tapped data belongs to an offer, open or not."""
        return data.startswith(OFFER_PREFIX)

    async def press(self, ask: Incoming, query_id: str, data: str) -> None:
        """Settle an offer by its button, and answer at once what came of it."""
        cockpit = self._cockpit
        request = _read(data)
        view = cockpit.desk.offer_of(request.token) if request is not None else None
        if request is None or view is None or not 0 <= request.choice < len(view.choices):
            self._toast(query_id, NO_SUCH_BUTTON)
            return
        choice = view.choices[request.choice]
        if view.outcome or not choice.adds_risk or cockpit.venue is not Venue.LIVE:
            reply = await self._choose(ask, request)
            self._toast(query_id, reply.text)
            self._close(ask, view.offer_id)
            self._follow_up(ask, reply, settled_before=bool(view.outcome))
            return
        self._toast(query_id, _ANOTHER_MOMENT)
        # The question about the code is a message of its own: the offer keeps its buttons.
        own = replace(ask, refresh=False, text=choice.label)
        await self._arming.before_adding_risk(
            own, f"{choice.label} · {view.about}", self._go(ask, request, view.offer_id)
        )

    def _go(
        self, pressed: Incoming, request: Choose, offer_id: int
    ) -> Callable[[Incoming], Awaitable[None]]:
        async def go(confirmed: Incoming) -> None:
            reply = await self._choose(confirmed, request)
            self._close(pressed, offer_id)
            self._cockpit.tell_reply(confirmed, reply)

        return go

    def _close(self, ask: Incoming, offer_id: int) -> None:
        """Take the buttons off the pressed message where the store knows of another one only.

        A kill between sending an alert and noting it leaves two messages; each has buttons.
        """
        desk = self._cockpit.desk
        view, notice = desk.offer(offer_id), desk.offer_notice(offer_id)
        if view is None or notice is None or not view.outcome:
            return
        if (ask.chat_id, ask.message_id) not in view.shown:
            self._cockpit.outbox.edit(ask.chat_id, ask.message_id, ended(alert(notice), view))

    async def _choose(self, ask: Incoming, request: Choose) -> Reply:
        # Not by the cockpit's own way: a choice about one order voids no other open question.
        return await self._cockpit.desk.ask(
            request, by=ask.by, update_id=ask.update_id, sent_at=ask.sent_at
        )

    def _follow_up(self, ask: Incoming, reply: Reply, *, settled_before: bool) -> None:
        """Say in the chat why nothing was done; what was done shows in the offer's own message."""
        if not reply.accepted and not settled_before and not reply.duplicate:
            self._cockpit.tell_reply(replace(ask, refresh=False), reply)

    def _toast(self, query_id: str, text: str) -> None:
        self._cockpit.outbox.answer(query_id, f"{self._cockpit.venue.label} · {text}")


def _read(data: str) -> Choose | None:
    token, _, number = data.removeprefix(OFFER_PREFIX).partition("|")
    if not token or not number.isascii() or not number.isdigit():
        return None
    return Choose(token=digest_of(token), choice=int(number[:3]))
