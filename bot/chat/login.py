"""The daily login: one button per account, then what comes back from it, by whichever way."""

from collections.abc import Iterable
from dataclasses import replace

from bot.chat import render
from bot.chat.cockpit import Cockpit
from bot.chat.commands import find
from bot.chat.followers import named_account
from bot.chat.html_text import escape
from bot.chat.incoming import Incoming
from bot.chat.login_exchange import Ended, LoginExchange
from bot.chat.login_paste import (
    NOT_SUCCEEDED,
    LoginPaste,
    holds_other_secret,
    read_deep_link,
    read_paste,
)
from bot.chat.login_states import OPEN_FOR, LoginStates, Stale
from bot.chat.message import Button, Buttons, Message, read_rows
from bot.chat.prompts import Choice
from bot.chat.spoken import command_word
from bot.chat.times import clock_time, day_time
from engine.core.values.control import Requester
from engine.core.values.logins import PendingLogin
from engine.core.values.market import AccountName, Venue
from engine.core.values.secrets import Secret
from engine.errors import CopyTraderError

_TAP = "1. Tap the button and log in at Zerodha.\n"
_PASTED = (
    "2. You land on a page. If it has a button for Telegram, tap that.\n"
    "3. Else it may look broken: copy its whole address and paste it here. I delete your message after use."
)
_CALLED_BACK = (
    "2. You land on a page that says what came of it.\n"
    "3. If that page does not open, paste its address here. I delete your message after use."
)
#: Commands behind which a bare token may stand.
_MAY_LEAD_A_TOKEN = frozenset({"login", "start"})
_LEAKED = (
    "that looks like a secret. I never ask for one here, and a chat keeps what it was told: make a new "
    "one where it comes from, and write it into .env on the machine."
)


class Login:
    """Handlers of /login and of what comes back after it.

    Args:
        cockpit: What handlers may use.
    """

    def __init__(self, cockpit: Cockpit) -> None:
        self._cockpit = cockpit
        self.states = LoginStates(cockpit.desk, cockpit.clock)
        self._exchange = LoginExchange(cockpit.desk, self.states)

    async def login(self, ask: Incoming) -> None:
        """Offer a login button for the named account, or for each that needs one."""
        cockpit = self._cockpit
        if ask.args:
            named = named_account(cockpit, ask)
            if named is None:
                return
            accounts: tuple[AccountName, ...] = (named,)
        else:
            accounts = tuple(view.name for view in render.logged_out(cockpit.desk.status()))
        if not accounts:
            text = "every account is logged in till 06:00.\nTo log one in again: /login name"
            cockpit.tell(ask, text)
            return
        how = _TAP + (_CALLED_BACK if cockpit.settings.login_calls_back else _PASTED)
        lines = [f"log in {', '.join(accounts)}", how]
        if cockpit.venue is Venue.PAPER and len(accounts) > 1:
            lines.append("PAPER needs only the master; the others are for LIVE.")
        await self._offer(ask, "\n".join(lines), accounts)

    @staticmethod
    def takes(text: str) -> bool:
        """Return whether a message looks like the end of a login, or holds another secret."""
        if not text.startswith("/"):
            return read_paste(text) is not None or holds_other_secret(text)
        # What was meant for the address bar or a terminal: "/login ab1234 https://...".
        words = text.partition(" ")[2]
        if holds_other_secret(text):
            return True
        command = find(command_word(text))
        if command is not None and command.name not in _MAY_LEAD_A_TOKEN:
            # An id that /why is asked about may look like a bare token.
            return "request_token" in words.lower()
        paste = read_paste(words) if read_deep_link(words) is None else None
        return paste is not None and paste.secret

    @staticmethod
    def takes_payload(payload: str) -> bool:
        """Return whether what follows ``/start`` is a login that came by a deep link."""
        return read_deep_link(payload) is not None

    async def deep_link(self, ask: Incoming) -> None:
        """Use what docs/login-redirect.html made of the address."""
        paste = read_deep_link(ask.args[0])
        if paste is not None:
            await self._came(ask, paste)

    async def paste(self, ask: Incoming) -> None:
        """Use what was pasted; the account is the one whose button was tapped."""
        command = ask.text.startswith("/")
        paste = read_paste(ask.text.partition(" ")[2] if command else ask.text)
        if paste is None:
            self._cockpit.tell(self._deleting(ask), _LEAKED, mark="🔴")
            return
        named = ask.args[0].lower() if command else ""
        accounts = tuple(
            view.name for view in self._cockpit.desk.status().accounts if str(view.name) == named
        )
        await self._came(ask, paste, accounts=accounts)

    async def called_back(self, *, state: str, token: Secret | None) -> bool | None:
        """Use what a browser brought to the listener.

        Args:
            state: From the address.
            token: From the address; None where Zerodha says that the login did not succeed.

        Returns:
            Whether the account is logged in; None where the state opens nothing, which is told nobody.
        """
        pending = self.states.find(state)
        if isinstance(pending, Stale):
            return None
        account, by = pending.account, Requester(user_id=pending.user_id, name=pending.by)
        if token is None:
            ended = Ended(done=False, text=f"{account}: {NOT_SUCCEEDED}")
        elif self._exchange.take(account, token):
            ended = await self._exchange.run(account, token, by=by, update_id=None)
        else:
            return self._exchange.has_session(account)
        await self._tell_chat(pending, ended)
        return ended.done

    async def _tell_chat(self, pending: PendingLogin, ended: Ended) -> None:
        """Say what came of a login in the chat of the person whose button it was."""
        cockpit = self._cockpit
        if ended.done:
            message = Message(html=self._done(ended))
        else:
            by = Requester(user_id=pending.user_id, name=pending.by)
            message = await self._message(
                ended.text, (pending.account,), by=by, update_id=None, mark="⚠️"
            )
        if pending.user_id:
            # A private chat has the number of its person (Telegram Bot API, Chat).
            cockpit.outbox.reply(pending.user_id, message)
        else:
            cockpit.outbox.tell_admins(message)

    async def _came(
        self, ask: Incoming, paste: LoginPaste, *, accounts: tuple[AccountName, ...] = ()
    ) -> None:
        """Use what came; where it carries no state, for the account that was named beside it."""
        cockpit = self._cockpit
        if paste.secret:
            ask = self._deleting(ask)
        if paste.token is None:
            out = self._candidates(paste.state) if paste.failed else ()
            await self._refuse(ask, paste.problem, out)
            return
        if self._was_used(ask, paste.token):
            return
        if paste.state:
            found = self.states.find(paste.state)
            if isinstance(found, Stale):
                await self._refuse(ask, *self._stale(found))
            else:
                self._spend(ask, found.account, paste.token)
            return
        accounts = accounts or self._candidates("")
        if len(accounts) == 1:
            self._spend(ask, accounts[0], paste.token)
        elif accounts:
            self._ask_which(ask, accounts, paste.token)
        else:
            cockpit.tell(ask, "no account waits for a login. Send /login name first.", mark="⚠️")

    def _deleting(self, ask: Incoming) -> Incoming:
        return replace(ask, deletion=self._cockpit.outbox.delete(ask.chat_id, ask.message_id))

    def _stale(self, stale: Stale) -> tuple[str, tuple[AccountName, ...]]:
        """Return why an address opens nothing, and for whom there is a new button."""
        if stale.account is None:
            text = (
                "that address is of no login that I wait for: of an earlier day, of a button that has "
                "ended, or of another bot. Nothing was done."
            )
            return text, self._candidates("")
        if self._exchange.has_session(stale.account):
            return f"{stale.account}: that address is of an older button. It is logged in.", ()
        if stale.ended_at is None:
            text = (
                f"{stale.account}: that address is of an older button. Only the newest one works."
            )
        else:
            ended = day_time(stale.ended_at, now=self._cockpit.now)
            text = (
                f"{stale.account}: the time of that button was over at {ended}. Log in once more."
            )
        return text, (stale.account,)

    def _candidates(self, state: str) -> tuple[AccountName, ...]:
        """Return the accounts that an address without a usable state may be of."""
        found = self.states.find(state) if state else Stale()
        if not isinstance(found, Stale):
            return (found.account,)
        offered = tuple(each.account for each in self.states.open())
        return offered or tuple(
            view.name for view in render.accounts_out(self._cockpit.desk.status())
        )

    def _ask_which(self, ask: Incoming, accounts: tuple[AccountName, ...], token: Secret) -> None:
        cockpit = self._cockpit

        def choice(account: AccountName) -> Choice:
            async def go(chosen: Incoming) -> None:
                if not self._was_used(chosen, token):
                    self._spend(chosen, account, token)

            return Choice(label=f"{account}", action=go)

        buttons = cockpit.prompts.ask(ask.by.user_id, tuple(choice(name) for name in accounts))
        cockpit.tell(ask, "for which account is this login?", buttons=buttons)

    def _was_used(self, ask: Incoming, token: Secret) -> bool:
        """Return whether a token was brought before, and answer what came of it."""
        text = self._exchange.what_became(token)
        if text:
            self._cockpit.tell(ask, text)
        return bool(text)

    def _spend(self, ask: Incoming, account: AccountName, token: Secret) -> None:
        """Exchange a token beside the handlers and answer what came of it."""
        if self._exchange.take(account, token):
            self._cockpit.spawn(self._exchange_for(ask, account, token), ask)

    async def _exchange_for(self, ask: Incoming, account: AccountName, token: Secret) -> None:
        ended = await self._exchange.run(account, token, by=ask.by, update_id=ask.update_id)
        if ended.done:
            self._cockpit.say(ask, self._done(ended))
        else:
            await self._refuse(ask, ended.text, (account,))

    def _done(self, ended: Ended) -> str:
        html = f"{render.headed(self._cockpit.venue, ended.text)}\n{self._next()}"
        return f"{html}\n{render.footer(self._cockpit.now)}"

    def _next(self) -> str:
        view = self._cockpit.desk.status()
        out = [name.name for name in render.accounts_out(view)]
        return (
            f"Still to log in: {escape(', '.join(out))} /login" if out else render.next_step(view)
        )

    async def _refuse(self, ask: Incoming, text: str, accounts: tuple[AccountName, ...]) -> None:
        """Say why an account is not logged in, with a fresh button for another attempt."""
        await self._offer(ask, text, accounts, mark="⚠️")

    async def _offer(
        self, ask: Incoming, text: str, accounts: tuple[AccountName, ...], *, mark: str = ""
    ) -> None:
        message = await self._message(text, accounts, by=ask.by, update_id=ask.update_id, mark=mark)
        self._cockpit.say(ask, message.html, buttons=message.buttons)

    async def _message(
        self,
        text: str,
        accounts: Iterable[AccountName],
        *,
        by: Requester,
        update_id: int | None,
        mark: str = "",
    ) -> Message:
        """Return plain lines with a login button for each account.

        Where nothing can be kept, without: the program is about to halt, and what is said still counts.
        """
        cockpit = self._cockpit
        urls: list[tuple[AccountName, str]] = []
        again: Buttons = ()
        for name in accounts:
            try:
                url = await self.states.address(name, by=by, update_id=update_id)
            except CopyTraderError:
                text += f"\nAgain: /login {name}"
                continue
            if url is not None:
                urls.append((name, url))
            else:
                text += f"\n{name}: answered before a restart, and that button works on."
                again += read_rows(f"A new button for {name}", f"login {name}")
        lines = [render.headed(cockpit.venue, text, mark=mark)]
        if urls:
            until = clock_time(cockpit.now + OPEN_FOR)[:5]
            one = f"The button works once, till {until} at the latest."
            lines.append(one if len(urls) == 1 else one.replace("The button", "Each button"))
        # Telegram refuses buttons to pages that are not public; such a page is shown as text.
        lines += [f"{escape(n)}: {escape(u)}" for n, u in urls if not u.startswith("https:")]
        buttons = tuple((Button(text=f"Log in {name}", url=url),) for name, url in urls)
        return Message(
            html="\n".join([*lines, render.footer(cockpit.now)]), buttons=buttons + again
        )
