"""Looking closer: /why, /funds, /diff. Nothing here changes anything."""

from bot.chat import render_inquiries as render
from bot.chat.cockpit import Cockpit
from bot.chat.followers import find_account
from bot.chat.incoming import Incoming
from bot.chat.message import read_rows
from bot.chat.spoken import quoted
from engine.core.market import AccountName


class Inquiries:
    """Handlers that ask the store, the brokers or the ledger.

    Args:
        cockpit: What handlers may use.
    """

    def __init__(self, cockpit: Cockpit) -> None:
        self._cockpit = cockpit

    async def why(self, ask: Incoming) -> None:
        """Tell the story of one order or operation, of all accounts or of the one that is named."""
        cockpit = self._cockpit
        if not ask.args:
            cockpit.tell(ask, "why what? A card's number, an order id or an op id: /why 214")
            return
        asked = ask.args[0]
        only: AccountName | None = None
        if len(ask.args) > 1:
            only = find_account(cockpit, ask, ask.args[1], example=f"/why {asked}")
            if only is None:
                return
        found = await cockpit.desk.why(asked)
        if found is None:
            text = (
                f"nothing is known of {quoted(asked)}. Give the number of one of today's cards, an order id "
                "from Kite, or the op id below an answer. /orders lists the newest."
            )
            cockpit.tell(ask, text)
            return
        cockpit.say(ask, render.story(cockpit.venue, found, only=only, now=cockpit.now))

    async def funds(self, ask: Incoming) -> None:
        """Read what every account may spend; the answer comes when the brokers have told."""
        self._cockpit.spawn(self._funds(ask), ask)

    async def _funds(self, ask: Incoming) -> None:
        cockpit = self._cockpit
        html = render.funds(cockpit.venue, await cockpit.desk.funds(), now=cockpit.now)
        cockpit.say(ask, html, buttons=read_rows("Refresh", "funds"))

    async def diff(self, ask: Incoming) -> None:
        """Show in which symbols followers are not in step."""
        cockpit = self._cockpit
        html = render.drift(cockpit.venue, cockpit.desk.drift(), now=cockpit.now)
        cockpit.say(ask, html, buttons=read_rows("Refresh", "diff"))
