"""/panic: after a confirmation entries stop and all that is copied is closed; the engine tells how far it is."""

from bot.chat.cockpit import Cockpit
from bot.chat.commands import find
from bot.chat.incoming import Incoming
from bot.chat.prompts import ANY_STATE, Choice
from bot.chat.spoken import command_word, quoted
from engine.core.values.control import SquareOffAll
from engine.core.values.counts import counted, mentioned
from engine.core.values.market import MASTER, Venue

_LIVE = "These are REAL orders at the market, through the exit ladder."
_MEANS = (
    "Entries stop, resting entries are cancelled, copied holdings are closed. What the owners hold "
    "themselves is not touched."
)
_ONLY_STOP = "To stop entries alone: /stop\nGood for 60 s."


class Panicking:
    """The handler of /panic and of its button. It adds no risk, so it asks for no code.

    Args:
        cockpit: What handlers may use.
    """

    def __init__(self, cockpit: Cockpit) -> None:
        self._cockpit = cockpit

    async def panic(self, ask: Incoming) -> None:
        """Ask, however old the message is: what would be closed, and a button to confirm."""
        cockpit = self._cockpit
        venue = cockpit.venue

        async def go(confirmed: Incoming) -> None:
            reply = await cockpit.request(confirmed, SquareOffAll(venue=venue))
            how = "How far it is comes in a message of its own, kept up to date."
            cockpit.tell_reply(confirmed, reply, how, mark="🔴")

        # In an emergency nothing that changes meanwhile may void the question: all is closed anyhow.
        choice = Choice(label="Confirm panic: close all", action=go)
        buttons = cockpit.prompts.ask(ask.by.user_id, (choice,), version=ANY_STATE)
        lines = [f"{_lead(ask)}close all that is copied?", *self._copied()]
        lines += [_LIVE] if venue is Venue.LIVE else []
        cockpit.tell(ask, "\n".join([*lines, _ONLY_STOP]), mark="🔴", buttons=buttons)

    def _copied(self) -> list[str]:
        """Return a line for each follower that has anything copied, and one on what rests."""
        desk = self._cockpit.desk
        lines = []
        for account in desk.positions():
            count = sum(1 for row in account.rows if row.copied)
            if account.account != MASTER and count:
                lines.append(f"{account.account}: {counted(count, 'copied holding')}")
        resting = desk.status().resting_entries
        lines += mentioned((resting, "entry order rests", "entry orders rest"))
        return (
            [*lines, _MEANS]
            if lines
            else ["Nothing copied is held, and no entry rests: it would only stop entries."]
        )


def _lead(ask: Incoming) -> str:
    said = command_word(ask.text) if ask.text.startswith("/") else ask.text
    return "panic: " if find(said) is not None else f"{quoted(said)} is /panic here: "
