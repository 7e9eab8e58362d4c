"""/paper, and the ways out where copies at the broker keep the mode LIVE."""

from bot.chat import render
from bot.chat.cockpit import Cockpit
from bot.chat.incoming import Incoming
from bot.chat.message import NEW_PREFIX, Button, Buttons
from bot.chat.status_message import STOP
from engine.core.values.control import GoPaper
from engine.core.values.market import MASTER, Venue


class ToPaper:
    """The handler of /paper. It adds no risk, so it asks for no code.

    Args:
        cockpit: What handlers may use.
    """

    def __init__(self, cockpit: Cockpit) -> None:
        self._cockpit = cockpit

    async def paper(self, ask: Incoming) -> None:
        """Switch to PAPER; where exits could not follow there, offer what to do with the copies."""
        cockpit = self._cockpit
        reply = await cockpit.request(ask, GoPaper())
        if reply.accepted or cockpit.venue is Venue.PAPER:
            cockpit.tell_reply(ask, reply, "To trade with real money: /live")
            return
        html = render.answer(cockpit.venue, reply, now=cockpit.now)
        cockpit.say(ask, html, buttons=self._ways_out())

    def _ways_out(self) -> Buttons:
        """Return buttons: none of them does more than stop entries before it has asked."""
        desk = self._cockpit.desk
        rows = [(Button(text="Stop entries", data=STOP),)] if desk.status().copying else []
        rows.append((Button(text="Square off all…", data=f"{NEW_PREFIX}panic"),))
        rows += [
            (Button(text=f"Detach {each.account}…", data=f"{NEW_PREFIX}detach {each.account}"),)
            for each in desk.positions()
            if each.account != MASTER and any(row.copied for row in each.rows)
        ]
        return tuple(rows)
