"""Looking closer: /why, /funds, /diff, /limits. Nothing here changes anything."""

from typing import TypeVar

from bot.chat import render_inquiries as render
from bot.chat.cockpit import Cockpit
from bot.chat.followers import find_account, named_follower
from bot.chat.incoming import Incoming
from bot.chat.message import read_rows
from bot.chat.spoken import quoted
from bot.chat.times import clock_time
from engine.core.values.market import AccountName
from engine.core.values.position_views import AccountDrift
from engine.core.values.views import AccountLimits
from engine.errors import AmbiguousId

_OfOne = TypeVar("_OfOne", AccountDrift, AccountLimits)


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
        look = cockpit.looks.find(asked)
        if look is not None:
            text = f"{asked}: {look.asked} by {look.who}, answered {clock_time(look.at)} IST."
            cockpit.tell(
                ask, f"{text} The engine did nothing for it: it was a look, a question or a slip."
            )
            return
        only: AccountName | None = None
        if len(ask.args) > 1:
            only = find_account(cockpit, ask, ask.args[1], example=f"/why {asked}")
            if only is None:
                return
        try:
            found = await cockpit.desk.why(asked)
        except AmbiguousId as error:
            cockpit.tell(ask, str(error))
            return
        if found is None:
            text = (
                f"nothing is known of {quoted(asked)}. Give the number of one of today's cards, an order id "
                "from Kite or its last digits, or the op id below an answer. /orders lists the newest."
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
        """Show in which symbols followers, or the one that is named, are not in step."""
        cockpit = self._cockpit
        asked = _asked_for(cockpit, ask, "diff", cockpit.desk.drift())
        if asked is None:
            return
        found, again = asked
        age = cockpit.desk.status().book_age_s
        html = render.drift(cockpit.venue, found, now=cockpit.now, book_age_s=age)
        cockpit.say(ask, html, buttons=read_rows("Refresh", again))

    async def limits(self, ask: Incoming) -> None:
        """Show the limits on entries of all followers, or of the one that is named."""
        cockpit = self._cockpit
        asked = _asked_for(cockpit, ask, "limits", cockpit.desk.limits())
        if asked is None:
            return
        found, again = asked
        html = render.limits(cockpit.venue, found, now=cockpit.now, role=cockpit.role)
        cockpit.say(ask, html, buttons=read_rows("Refresh", again))


def _asked_for(
    cockpit: Cockpit, ask: Incoming, command: str, found: tuple[_OfOne, ...]
) -> tuple[tuple[_OfOne, ...], str] | None:
    """Return what is there of the follower who is named, or of all, and the command that asks it again.

    None: nobody has that name, which has been said.
    """
    if not ask.args:
        return found, command
    named = named_follower(cockpit, ask)
    if named is None:
        return None
    return tuple(one for one in found if one.account == named), f"{command} {named}"
