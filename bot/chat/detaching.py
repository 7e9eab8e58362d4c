"""/detach: hand copies back to the account's owner, after a confirmation of what exactly."""

from bot.chat import render_sync
from bot.chat.cockpit import Cockpit
from bot.chat.followers import named_follower
from bot.chat.incoming import Incoming
from bot.chat.prompts import Choice
from bot.chat.spoken import quoted
from engine.core.values.control import DetachHoldings
from engine.core.values.market import AccountName

_CHANGED = "The holding has changed meanwhile; nothing was done. This is it now:"


class Detaching:
    """The handler of /detach and of its button. It adds no risk, so it asks for no code.

    Args:
        cockpit: What handlers may use.
    """

    def __init__(self, cockpit: Cockpit) -> None:
        self._cockpit = cockpit

    async def detach(self, ask: Incoming) -> None:
        """Show what would be handed back, all or one symbol, with a button to confirm."""
        follower = named_follower(self._cockpit, ask)
        if follower is None:
            return
        symbol = ask.args[1].upper() if len(ask.args) > 1 else None
        self._offer(ask, follower, symbol)

    def _offer(
        self, ask: Incoming, follower: AccountName, symbol: str | None, *, lead: str = ""
    ) -> None:
        cockpit = self._cockpit
        found = cockpit.desk.detach_proposal(follower, symbol)
        if not found.rows:
            cockpit.tell(ask, self._nothing(follower, symbol))
            return

        async def go(confirmed: Incoming) -> None:
            request = DetachHoldings(follower=follower, symbol=symbol, mark=found.mark)
            reply = await cockpit.request(confirmed, request)
            if reply.accepted:
                cockpit.tell_reply(confirmed, reply)
            else:
                self._offer(confirmed, follower, symbol, lead=_CHANGED)

        choice = Choice(label="Confirm detach", action=go)
        buttons = cockpit.prompts.ask(ask.by.user_id, (choice,))
        html = render_sync.hand_back(cockpit.venue, follower, found, lead=lead, now=cockpit.now)
        cockpit.say(ask, html, buttons=buttons)

    def _nothing(self, follower: AccountName, symbol: str | None) -> str:
        rows = self._cockpit.desk.detach_proposal(follower, None).rows
        if symbol is None or not rows:
            return f"nothing copied is held or works for {follower}: there is nothing to hand back."
        known = ", ".join(dict.fromkeys(row.symbol for row in rows))
        return f"nothing of {quoted(symbol)} is copied for {follower}. There is: {known}"
