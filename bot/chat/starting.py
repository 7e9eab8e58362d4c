"""What adds risk: /start_copy and /resume."""

import asyncio

from bot.chat import render
from bot.chat.arming import Arming
from bot.chat.cockpit import Cockpit
from bot.chat.followers import named_follower
from bot.chat.incoming import Incoming
from bot.chat.message import Buttons
from bot.chat.prompts import Choice, StateVersion
from bot.chat.syncing import Syncing
from bot.chat.times import clock_time
from engine.core.values.control import Reply, ResumeFollower, StartCopy
from engine.core.values.market import Venue
from engine.core.values.views import CheckLevel, CheckLine


class Starting:
    """Handlers that let entries through.

    Args:
        cockpit: What handlers may use.
        arming: Asks for a code where a command adds risk.
        syncing: Lists the master's open positions once copying goes on.
    """

    def __init__(self, cockpit: Cockpit, arming: Arming, syncing: Syncing) -> None:
        self._cockpit = cockpit
        self._syncing = syncing
        self._arming = arming
        self._one_at_a_time = asyncio.Lock()

    async def start_copy(self, ask: Incoming) -> None:
        """Check, then start: at once in PAPER, after a confirmation in LIVE."""
        if self._runs_already(ask):
            return
        # The state is taken down here, so that a /stop behind this message always counts.
        self._cockpit.spawn(self._check_and_start(ask, self._cockpit.version()), ask)

    def _runs_already(self, ask: Incoming) -> bool:
        """Return whether copying goes on, and answer so."""
        view = self._cockpit.desk.status()
        if view.copying:
            since = f" since {clock_time(view.since)}" if view.since else ""
            text = f"already copying{since}. For a new baseline: /stop first."
            if view.killed:
                text = (
                    f"already copying{since}, but the kill switch is set: no entry leaves. "
                    "Release it on the server: copytrader kill --release"
                )
            self._cockpit.tell(ask, text, buttons=self._syncing.positions_button(ask))
        return view.copying

    async def resume(self, ask: Incoming) -> None:
        """Let one follower enter again; in LIVE that asks for a code.

        Where it only sends exits again that waited for the owner's authorisation, no risk is added.
        """
        follower = named_follower(self._cockpit, ask)
        if follower is None:
            return
        view = next(a for a in self._cockpit.desk.status().accounts if a.name == follower)
        if not view.paused and not view.held_up:
            self._cockpit.tell(ask, f"{follower} is not paused. How far it is in step: /diff")
            return

        async def go(confirmed: Incoming) -> None:
            reply = await self._cockpit.request(confirmed, ResumeFollower(follower=follower))
            self._cockpit.tell_reply(confirmed, reply, f"To stop it again: /pause {follower}")

        if self._cockpit.venue is Venue.PAPER or not view.paused:
            await go(ask)
        else:
            await self._arming.before_adding_risk(ask, f"resume {follower}", go)

    async def _check_and_start(self, ask: Incoming, version: StateVersion) -> None:
        async with self._one_at_a_time:
            # A /start_copy that was quicker may have done what was asked for.
            if not self._runs_already(ask):
                await self._check_then_start(ask, version)

    async def _check_then_start(self, ask: Incoming, version: StateVersion) -> None:
        cockpit = self._cockpit
        venue = cockpit.venue
        checks = await cockpit.preflight(venue)
        if any(check.level is CheckLevel.FAIL for check in checks):
            title = "NOT started. Mend the lines with !!, then send /start_copy again."
            html = render.preflight(venue, title, checks, mark="⚠️")
            cockpit.say(ask, f"{html}\n{render.footer(cockpit.now)}")
        elif version != cockpit.version():
            cockpit.tell(ask, "NOT started: the state changed meanwhile. Send /start_copy again.")
        elif venue is Venue.LIVE:
            self._ask_to_start(ask, checks, version)
        else:
            reply = await cockpit.request(ask, StartCopy())
            html = render.started(venue, reply, checks, now=cockpit.now)
            cockpit.say(ask, html, buttons=self._positions_button(ask, reply))

    def _positions_button(self, ask: Incoming, reply: Reply) -> Buttons:
        return self._syncing.positions_button(ask) if reply.accepted else ()

    def _held_by_the_master(self) -> frozenset[str]:
        """Return the symbols of open positions of the master that some follower does not hold."""
        found = self._cockpit.desk.positions_proposal()
        entered = {one.symbol for one in found.orders}
        return frozenset(entered | {one.symbol for one in found.left})

    def _ask_to_start(
        self, ask: Incoming, checks: tuple[CheckLine, ...], version: StateVersion
    ) -> None:
        cockpit = self._cockpit
        held = self._held_by_the_master()

        def choice(label: str, request: StartCopy) -> Choice:
            async def go(confirmed: Incoming) -> None:
                more = ["To stop entries: /stop"]
                entered = sorted(self._held_by_the_master() - held)
                if entered:
                    # They stood in no line of what was confirmed.
                    symbols = ", ".join(entered)
                    more.insert(0, f"Entered while this was asked, not copied: {symbols}")
                reply = await cockpit.request(confirmed, request)
                buttons = self._positions_button(confirmed, reply)
                cockpit.tell_reply(confirmed, reply, *more, mark="🟢", buttons=buttons)

            return Choice(label=label, action=go)

        choices = [choice("Confirm start", StartCopy())]
        waiting = cockpit.desk.open_entries()
        if waiting:
            label = f"Copy open orders too ({waiting})"
            choices.append(choice(label, StartCopy(copy_open_orders=True)))
        buttons = cockpit.prompts.ask(ask.by.user_id, tuple(choices), version=version)
        html = render.preflight(Venue.LIVE, "ready to copy with real money?", checks)
        cockpit.say(ask, f"{html}\nGood for 60 s.\n{render.footer(cockpit.now)}", buttons=buttons)
