"""/sync and open positions: what would bring followers in step, listed, confirmed, and listed anew where it has changed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.chat import render_sync
from bot.chat.arming import Arming
from bot.chat.cockpit import Cockpit
from bot.chat.followers import named_follower
from bot.chat.incoming import Incoming
from bot.chat.message import Buttons
from bot.chat.prompts import Choice
from engine.core.values.control import CopyPositions, SyncCopies
from engine.core.values.market import Venue
from engine.core.values.position_views import SyncProposal

_CHANGED = "The list has changed meanwhile; nothing was done. This is it now:"
_LESS_FREE = "There is less margin free than when it was listed; nothing was done. This is it now:"
#: Orders named in the question for the code; the list itself was above.
_MOST_NAMED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """A kind of list that is confirmed: its words, where it comes from, and what is asked of the engine.

    Attributes:
        look: Returns the list; where it is ``slow`` a broker is asked, and the handlers do not wait for it.
        now: Returns what a list would be now, so that another is told from it.
    """

    title: str
    what: str
    command: str
    confirm: str
    look: Callable[[], Awaitable[SyncProposal]]
    now: Callable[[SyncProposal], SyncProposal]
    request: Callable[[SyncProposal], SyncCopies | CopyPositions]
    slow: bool = False


class Syncing:
    """The handler of /sync, of "Copy open positions" after a start, and of their buttons.

    Args:
        cockpit: What handlers may use.
        arming: Asks for a code where an entry is among the orders.
    """

    def __init__(self, cockpit: Cockpit, arming: Arming) -> None:
        self._cockpit = cockpit
        self._arming = arming

    async def sync(self, ask: Incoming) -> None:
        """List what would be ordered, with a button to confirm; nothing is done by the command itself."""
        follower = named_follower(self._cockpit, ask) if ask.args else None
        if ask.args and follower is None:
            return

        async def look() -> SyncProposal:
            return self._cockpit.desk.sync_proposal(follower)

        await self._list(
            ask,
            _List(
                title="sync",
                what=f"sync {follower or 'all'}",
                command=f"/sync {follower}" if follower else "/sync",
                confirm="Confirm sync",
                look=look,
                now=lambda _known: self._cockpit.desk.sync_proposal(follower),
                request=lambda known: SyncCopies(follower=follower, mark=known.mark),
            ),
        )

    async def positions(self, ask: Incoming) -> None:
        """List what would be entered of the master's open positions, with a button to confirm."""
        desk = self._cockpit.desk
        await self._list(
            ask,
            _List(
                title="open positions",
                what="copy open positions",
                command="/start_copy",
                confirm="Confirm positions",
                look=desk.affordable_positions,
                now=lambda known: desk.positions_proposal(known.without),
                request=lambda known: CopyPositions(mark=known.mark, without=known.without),
                slow=True,
            ),
        )

    def positions_button(self, ask: Incoming) -> Buttons:
        """Return a button that lists the master's open positions; none where all of them are copied."""
        found = self._cockpit.desk.positions_proposal()
        if not found.orders and not found.left:
            return ()
        choice = Choice(label="Copy open positions…", action=self.positions)
        *rows, _cancel = self._cockpit.prompts.ask(ask.by.user_id, (choice,), apart=True)
        # Without "Cancel": under "Copying started" that reads as if it took the start back.
        return tuple(rows)

    async def _list(self, ask: Incoming, about: _List, *, lead: str = "") -> None:
        if about.slow:
            self._cockpit.spawn(self._look_and_offer(ask, about, lead=lead), ask)
        else:
            await self._look_and_offer(ask, about, lead=lead)

    async def _look_and_offer(self, ask: Incoming, about: _List, *, lead: str) -> None:
        self._offer(ask, about, await about.look(), lead=lead)

    def _offer(self, ask: Incoming, about: _List, proposal: SyncProposal, *, lead: str) -> None:
        cockpit = self._cockpit
        buttons: Buttons = ()
        if proposal.orders:

            async def go(confirmed: Incoming) -> None:
                await self._confirmed(confirmed, about, proposal)

            choice = Choice(label=about.confirm, action=go)
            buttons = cockpit.prompts.ask(ask.by.user_id, (choice,))
        html = render_sync.proposal(
            cockpit.venue, proposal, title=about.title, lead=lead, now=cockpit.now
        )
        cockpit.say(ask, html, buttons=buttons)

    async def _confirmed(self, ask: Incoming, about: _List, proposal: SyncProposal) -> None:
        """Do what was listed if it is still the list; what adds risk asks for a code first."""
        cockpit = self._cockpit
        if about.now(proposal).mark != proposal.mark:
            await self._list(ask, about, lead=_CHANGED)
            return

        async def go(proved: Incoming) -> None:
            if proposal.margins:
                cockpit.spawn(self._order_if_affordable(proved, about, proposal), proved)
            else:
                await self._order(proved, about, proposal)

        adds_risk = any(order.entry for order in proposal.orders)
        if adds_risk and cockpit.venue is Venue.LIVE and cockpit.settings.require_totp:
            asked = replace(ask, text=about.command)
            what = f"{about.what}: {_named(proposal)}"
            await self._arming.before_adding_risk(asked, what, go)
        else:
            await go(ask)

    async def _order_if_affordable(
        self, ask: Incoming, about: _List, proposal: SyncProposal
    ) -> None:
        """Ask for the margin once more: by then a minute may have passed, and the market with it."""
        now = await about.look()
        if set(now.without) <= set(proposal.without):
            await self._order(ask, about, proposal)
        else:
            self._offer(ask, about, now, lead=_LESS_FREE)

    async def _order(self, ask: Incoming, about: _List, proposal: SyncProposal) -> None:
        reply = await self._cockpit.request(ask, about.request(proposal))
        if reply.accepted:
            self._cockpit.tell_reply(ask, reply, "How it goes: /diff")
        else:
            await self._list(ask, about, lead=_CHANGED)


def _named(proposal: SyncProposal) -> str:
    named = [f"{o.side.value} {o.quantity} {o.symbol}" for o in proposal.orders[:_MOST_NAMED]]
    more = len(proposal.orders) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
