"""/sync: what would bring followers in step, listed, confirmed, and listed anew where it has changed."""

from dataclasses import replace

from bot.chat import render_sync
from bot.chat.arming import Arming
from bot.chat.cockpit import Cockpit
from bot.chat.followers import named_follower
from bot.chat.incoming import Incoming
from bot.chat.message import Buttons
from bot.chat.prompts import Choice
from engine.core.values.control import SyncCopies
from engine.core.values.market import AccountName, Venue
from engine.core.values.views import SyncProposal

_CHANGED = "The list has changed meanwhile; nothing was done. This is it now:"
#: Orders named in the question for the code; the list itself was above.
_MOST_NAMED = 4


class Syncing:
    """The handler of /sync and of its button.

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
        self._offer(ask, follower)

    def _offer(self, ask: Incoming, follower: AccountName | None, *, lead: str = "") -> None:
        cockpit = self._cockpit
        proposal = cockpit.desk.sync_proposal(follower)
        buttons: Buttons = ()
        if proposal.orders:

            async def go(confirmed: Incoming) -> None:
                await self._confirmed(confirmed, follower, proposal)

            choice = Choice(label="Confirm sync", action=go)
            buttons = cockpit.prompts.ask(ask.by.user_id, (choice,))
        html = render_sync.proposal(cockpit.venue, proposal, lead=lead, now=cockpit.now)
        cockpit.say(ask, html, buttons=buttons)

    async def _confirmed(
        self, ask: Incoming, follower: AccountName | None, proposal: SyncProposal
    ) -> None:
        """Do what was listed if it is still the list; what adds risk asks for a code first."""
        cockpit = self._cockpit
        if cockpit.desk.sync_proposal(follower).mark != proposal.mark:
            self._offer(ask, follower, lead=_CHANGED)
            return

        async def go(proved: Incoming) -> None:
            request = SyncCopies(follower=follower, mark=proposal.mark)
            reply = await cockpit.request(proved, request)
            if reply.accepted:
                cockpit.tell_reply(proved, reply, "How it goes: /diff")
            else:
                self._offer(proved, follower, lead=_CHANGED)

        adds_risk = any(order.entry for order in proposal.orders)
        if adds_risk and cockpit.venue is Venue.LIVE and cockpit.settings.require_totp:
            who = follower or "all"
            asked = replace(ask, text=f"/sync {follower}" if follower else "/sync")
            await self._arming.before_adding_risk(asked, f"sync {who}: {_named(proposal)}", go)
        else:
            await go(ask)


def _named(proposal: SyncProposal) -> str:
    named = [f"{o.side.value} {o.quantity} {o.symbol}" for o in proposal.orders[:_MOST_NAMED]]
    more = len(proposal.orders) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
