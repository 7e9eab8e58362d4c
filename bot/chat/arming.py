"""The second factor: /live, and whatever else adds risk."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.chat import render
from bot.chat.cockpit import Cockpit
from bot.chat.incoming import Incoming
from bot.chat.prompts import PROMPT_SECONDS, Choice, StateVersion
from bot.chat.times import day_time, end_of_day
from bot.chat.totp import SIX_DIGITS, CodeState, check_code
from engine.core.values.control import GoLive, ProveCode, TotpFailed
from engine.core.values.market import MASTER, Venue
from engine.core.values.secrets import Secret
from engine.core.values.views import CheckLevel

#: How long an accepted code answers for further risk of the same person.
_CODE_ANSWERS_FOR = timedelta(minutes=15)
_ASK_FOR_CODE = "Send the 6-digit code of your authenticator as the next message, within 60 s."
_UNASKED = "no code was asked for."
_ASKED_BY = {Venue.PAPER: "It is asked for by /live.", Venue.LIVE: "It is LIVE already."}
_NOT_NEEDED = "no code is needed: the settings ask for a confirmation instead."
_BY_A_WRONG_CLOCK = (
    "This machine's clock is wrong, so right codes look wrong: set that first, see /status."
)
_LOCKED = "locked after five wrong codes. On the machine: copytrader unlock"
_NOT_SET_UP = "no authenticator is set up. On the machine: copytrader setup"

#: Does what the code was asked for; the step is None where no code is required.
_Then = Callable[[Incoming, int | None], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A code that was asked for, in memory only."""

    deadline_s: float
    version: StateVersion
    again: str
    then: _Then


class Arming:
    """Handlers of /live and of the codes.

    Args:
        cockpit: What handlers may use.
    """

    def __init__(self, cockpit: Cockpit) -> None:
        self._cockpit = cockpit
        self._asked: dict[int, _Asked] = {}

    async def live(self, ask: Incoming) -> None:
        """Check, then ask for the code that switches to LIVE and arms entries."""
        view = self._cockpit.desk.status()
        if view.venue is Venue.LIVE and view.armed_until == end_of_day(self._cockpit.now):
            self._cockpit.tell(ask, "on and armed till 06:00 already.\n" + _next(self._cockpit))
        elif not self._refused(ask):
            self._cockpit.spawn(self._check_live(ask, self._cockpit.version()), ask)

    async def before_adding_risk(
        self, ask: Incoming, what: str, go: Callable[[Incoming], Awaitable[None]]
    ) -> None:
        """Run ``go`` in LIVE once the person has proved who they are.

        A code accepted in the last 15 minutes is proof enough. The code itself is used up by
        arming for the same time again, so that it works once.
        """
        cockpit = self._cockpit
        armed_until = cockpit.desk.status().armed_until
        if self._refused(ask):
            return
        if armed_until is None:
            cockpit.tell(ask, f"entries are not armed. /live first, then {what} again.")
        elif self._proved_lately(ask):
            await go(ask)
        else:

            async def then(confirmed: Incoming, step: int | None) -> None:
                if step is not None:
                    request = GoLive(armed_until=armed_until, totp_step=step)
                    reply = await cockpit.desk.ask(request, by=confirmed.by)
                    if not reply.accepted:
                        cockpit.tell_reply(confirmed, reply)
                        return
                await go(confirmed)

            html = render.headed(cockpit.venue, f"{what}?")
            self._ask(ask, html, then, version=cockpit.version())

    async def before_adding_person(
        self, ask: Incoming, what: str, go: Callable[[Incoming], Awaitable[None]]
    ) -> None:
        """Run ``go`` once the person has proved who he is, in either mode, and confirmed.

        Where his code of the last 15 minutes is proof enough, a button confirms.
        """
        cockpit = self._cockpit
        if self._refused(ask):
            return

        async def then(confirmed: Incoming, step: int | None) -> None:
            if step is not None:
                reply = await cockpit.desk.ask(ProveCode(totp_step=step), by=confirmed.by)
                if not reply.accepted:
                    cockpit.tell_reply(confirmed, reply)
                    return
            await go(confirmed)

        html = render.headed(cockpit.venue, f"{what}?")
        proved = self._proved_lately(ask)
        self._ask(ask, html, then, version=cockpit.version(), proved=proved)

    def _proved_lately(self, ask: Incoming) -> bool:
        """Return whether a code of this very person was taken in the last 15 minutes."""
        at = self._cockpit.desk.code_accepted_at(ask.by.user_id)
        return at is not None and timedelta() <= self._cockpit.now - at <= _CODE_ANSWERS_FOR

    def takes(self, text: str, user_id: int) -> bool:
        """Return whether a message is a code: six digits, or digits while a code is awaited."""
        digits = _squeezed(text)
        awaited = user_id in self._asked and digits.isascii() and digits.isdigit()
        return awaited or SIX_DIGITS.fullmatch(digits) is not None

    async def code(self, ask: Incoming) -> None:
        """Judge a code. Its message is deleted whatever the judgement."""
        cockpit = self._cockpit
        ask = replace(ask, deletion=cockpit.outbox.delete(ask.chat_id, ask.message_id))
        digits = _squeezed(ask.text)
        # Taken out before the first await: the same question is never answered twice.
        asked = self._asked.pop(ask.by.user_id, None)
        problem = self._problem(asked, ask)
        if asked is None or problem:
            cockpit.tell(ask, problem, mark="⚠️")
            return
        secret = cockpit.settings.totp_secret or Secret("")
        check = check_code(secret, digits, now=cockpit.now, last_step=cockpit.desk.totp_last_step())
        match check.state:
            case CodeState.RIGHT:
                await asked.then(ask, check.step)
            case CodeState.USED:
                self._asked.setdefault(ask.by.user_id, asked)
                text = "that code was used already. Wait for the next one and send it."
                cockpit.tell(ask, text, mark="⚠️")
            case CodeState.WRONG:
                await self._wrong(ask, asked)

    async def _wrong(self, ask: Incoming, asked: _Asked) -> None:
        cockpit = self._cockpit
        reply = await cockpit.desk.ask(
            TotpFailed(), by=ask.by, update_id=ask.update_id, sent_at=ask.sent_at
        )
        if cockpit.desk.totp_locked():
            self._asked.clear()
            # The engine's alert, which every admin gets, says what to do.
            cockpit.tell(ask, "wrong code, the fifth.", mark="🔴")
            return
        self._asked.setdefault(ask.by.user_id, asked)
        text = reply.text or "wrong code."
        wrong_clock = cockpit.desk.status().clock_wrong
        more = _BY_A_WRONG_CLOCK if wrong_clock else "Send the code that is shown now."
        cockpit.tell(ask, f"{text}\n{more}", mark="⚠️")

    def _problem(self, asked: _Asked | None, ask: Incoming) -> str:
        """Return why a code is not even looked at, or the empty text."""
        cockpit = self._cockpit
        late = (cockpit.now - ask.sent_at).total_seconds() > PROMPT_SECONDS
        if asked is None:
            unasked = f"{_UNASKED} {_ASKED_BY[cockpit.venue]}"
            return unasked if cockpit.settings.require_totp else _NOT_NEEDED
        if late or cockpit.clock.monotonic() > asked.deadline_s:
            return f"the 60 s are over. {asked.again} again."
        if cockpit.desk.totp_locked():
            return _LOCKED
        if asked.version != cockpit.version():
            return f"the state changed meanwhile. {asked.again} again."
        if not SIX_DIGITS.fullmatch(_squeezed(ask.text)):
            self._asked.setdefault(ask.by.user_id, asked)
            return "a code has 6 digits. Send it again."
        return ""

    def _refused(self, ask: Incoming) -> bool:
        cockpit = self._cockpit
        if cockpit.desk.totp_locked():
            cockpit.tell(ask, _LOCKED, mark="🔴")
        elif cockpit.settings.require_totp and not cockpit.settings.totp_secret:
            cockpit.tell(ask, _NOT_SET_UP, mark="⚠️")
        else:
            return False
        return True

    async def _check_live(self, ask: Incoming, version: StateVersion) -> None:
        cockpit = self._cockpit
        checks = await cockpit.preflight(Venue.LIVE)
        if any(check.level is CheckLevel.FAIL for check in checks):
            title = "NOT switched. Mend the lines with !!, then send /live again."
            html = render.preflight(cockpit.venue, title, checks, mark="⚠️")
            cockpit.say(ask, f"{html}\n{render.footer(cockpit.now)}")
            return
        followers = [a.name for a in cockpit.desk.status().accounts if a.name != MASTER]
        title = f"switch to LIVE? Real orders for: {', '.join(followers) or 'no follower'}"
        html = render.preflight(cockpit.venue, title, checks)
        self._ask(ask, html, self._go_live, version=version)

    async def _go_live(self, ask: Incoming, step: int | None) -> None:
        cockpit = self._cockpit
        until = end_of_day(cockpit.now)
        reply = await cockpit.request(ask, GoLive(armed_until=until, totp_step=step))
        armed = f"Entries are armed till {day_time(until, now=cockpit.now)}."
        lines = [] if "armed" in reply.text else [armed]
        # Green is for copying; after a switch it is stopped until /start_copy.
        mark = "🟢" if cockpit.desk.status().copying else "🔴"
        cockpit.tell_reply(ask, reply, *lines, _next(cockpit), mark=mark)

    def _ask(
        self, ask: Incoming, html: str, then: _Then, *, version: StateVersion, proved: bool = False
    ) -> None:
        """Ask for a code, or for a confirmation where none is required or one was given lately."""
        cockpit = self._cockpit
        foot = render.footer(cockpit.now)
        if cockpit.settings.require_totp and not proved:
            deadline = cockpit.clock.monotonic() + PROMPT_SECONDS
            self._asked[ask.by.user_id] = _Asked(
                deadline_s=deadline, version=version, again=_again(ask.text), then=then
            )
            cockpit.say(ask, f"{html}\n{_ASK_FOR_CODE}\n{foot}")
            return

        async def go(confirmed: Incoming) -> None:
            await then(confirmed, None)

        choice = Choice(label=f"Confirm {ask.text.lstrip('/')}"[:60], action=go)
        buttons = cockpit.prompts.ask(ask.by.user_id, (choice,), version=version)
        cockpit.say(ask, f"{html}\nGood for 60 s.\n{foot}", buttons=buttons)


def _again(asked: str) -> str:
    """Return what to do once more: a command is sent, a button is pressed."""
    return f"Send {asked}" if asked.startswith("/") else f'Press "{asked}"'


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _next(cockpit: Cockpit) -> str:
    return "To stop entries: /stop" if cockpit.desk.status().copying else "Next: /start_copy"
