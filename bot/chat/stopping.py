"""What reduces risk and therefore never waits, never asks: /stop, /pause, /paper."""

from bot.chat import render
from bot.chat.cockpit import Cockpit
from bot.chat.followers import named_follower
from bot.chat.incoming import Incoming
from bot.chat.message import Button, Buttons, Message
from bot.chat.prompts import Choice
from bot.chat.roles import may
from engine.core.values.control import CancelRestingEntries, PauseFollower, StopCopy
from engine.core.values.people import Role
from engine.errors import JournalError

STILL_FOLLOW = "Exits, reductions and cancels still follow the master."
#: Tapped data that only opens a question: safe to forge, and to tap late.
OFFER_CANCEL_ENTRIES = "r|cancel_entries"


class Stopping:
    """Handlers that stop entries.

    Args:
        cockpit: What handlers may use.
    """

    def __init__(self, cockpit: Cockpit) -> None:
        self._cockpit = cockpit

    async def stop(self, ask: Incoming) -> None:
        """Stop entries before anything else; only then think about what to say."""
        cockpit = self._cockpit
        try:
            reply = await cockpit.request(ask, StopCopy())
        except JournalError as error:
            text = f"NOT stopped: {error}\nDo it on the machine: copytrader kill"
            cockpit.tell(ask, text, mark="🔴")
            return
        resting = cockpit.desk.status().resting_entries
        lines = [reply.text] + ([] if "still follow" in reply.text else [STILL_FOLLOW])
        buttons: Buttons = ()
        if resting:
            if "rest" not in reply.text:
                lines.append(f"{_entries(resting)} resting at the exchange.")
            if may(cockpit.role, "cancel_entries"):
                buttons = ((Button(text="Cancel resting entries", data=OFFER_CANCEL_ENTRIES),),)
        lines.append(self._to_go_on("start_copy"))
        html = render.headed(cockpit.venue, "\n".join(lines), mark="🔴")
        foot = render.footer(cockpit.now, op=reply.op)
        cockpit.say(ask, f"{html}\n{foot}", buttons=buttons)

    async def offer_cancel_entries(self, ask: Incoming) -> None:
        """Ask whether the resting entries shall go; the question is a message of its own."""
        cockpit = self._cockpit
        resting = cockpit.desk.status().resting_entries
        buttons: Buttons = ()
        text = "no entry is resting at the exchange."
        if resting:
            text = (
                f"cancel {_entries(resting)} resting at the exchange? Holdings stay. Good for 60 s."
            )
            choice = Choice(label="Confirm cancel", action=self._cancel_entries)
            buttons = cockpit.prompts.ask(ask.by.user_id, (choice,))
        html = render.note(cockpit.venue, text, now=cockpit.now)
        cockpit.outbox.reply(ask.chat_id, Message(html=html, buttons=buttons))

    async def pause(self, ask: Incoming) -> None:
        """Stop one follower's entries at once."""
        cockpit = self._cockpit
        mine = [each.name for each in cockpit.desk.status().accounts]
        if cockpit.role is Role.FOLLOWER and not ask.args and mine:
            ask = ask.saying(f"/pause {mine[0]}")
        follower = named_follower(cockpit, ask)
        if follower is None:
            return
        reply = await cockpit.request(ask, PauseFollower(follower=follower))
        lines = [] if "still follow" in reply.text else ["Its exits still follow the master."]
        cockpit.tell_reply(ask, reply, *lines, f"{self._to_go_on('resume')} {follower}")

    def _to_go_on(self, command: str) -> str:
        """Return how it goes on, for whoever may do that or has to ask somebody."""
        lead = "To go on" if command == "resume" else "To copy again"
        who = "" if may(self._cockpit.role, command) else " an owner sends"
        return f"{lead}{who}: /{command}"

    async def _cancel_entries(self, ask: Incoming) -> None:
        reply = await self._cockpit.request(ask, CancelRestingEntries())
        self._cockpit.tell_reply(ask, reply)


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"
