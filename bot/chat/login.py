"""The daily login: one button per account, then the address that was landed on."""

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from dataclasses import replace

from bot.chat import render
from bot.chat.cockpit import SLOW_SECONDS, Cockpit
from bot.chat.followers import named_account
from bot.chat.html_text import escape
from bot.chat.incoming import Incoming
from bot.chat.login_paste import read_paste
from bot.chat.message import Button
from bot.chat.prompts import Choice
from engine.core.values.market import AccountName, Venue
from engine.core.values.secrets import Secret
from engine.core.values.views import SessionState
from engine.errors import BrokerError, CopyTraderError, LoginRefused

_NONCE_BYTES = 12
_REMEMBERED = 200
_HOW = (
    "1. Tap the button and log in at Zerodha.\n"
    "2. You land on a page that may look broken: copy its whole address.\n"
    "3. Paste it here. I delete your message after use."
)


class Login:
    """Handlers of /login and of what is pasted after it.

    Args:
        cockpit: What handlers may use.
    """

    def __init__(self, cockpit: Cockpit) -> None:
        self._cockpit = cockpit
        # Which account a button was for; comes back as ``state`` on the redirect.
        self._accounts: OrderedDict[str, AccountName] = OrderedDict()
        # Fingerprints of tokens, which work once, and the account each went to.
        self._used: OrderedDict[str, AccountName] = OrderedDict()
        self._on_their_way: set[str] = set()

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
        urls = [(name, cockpit.desk.login_url(name, self._nonce(name))) for name in accounts]
        html = render.headed(cockpit.venue, f"log in {', '.join(accounts)}\n{_HOW}")
        if cockpit.venue is Venue.PAPER and len(accounts) > 1:
            html += "\nPAPER needs only the master; the others are for LIVE."
        # Telegram refuses buttons to pages that are not public; such a page is shown as text.
        shown = [f"{escape(n)}: {escape(url)}" for n, url in urls if not url.startswith("https:")]
        buttons = tuple((Button(text=f"Log in {name}", url=url),) for name, url in urls)
        cockpit.say(ask, "\n".join([html, *shown, render.footer(cockpit.now)]), buttons=buttons)

    @staticmethod
    def takes(text: str) -> bool:
        """Return whether a message looks like the end of a login."""
        return read_paste(text) is not None

    async def paste(self, ask: Incoming) -> None:
        """Use what was pasted; the account is the one whose button was tapped."""
        cockpit = self._cockpit
        paste = read_paste(ask.text)
        if paste is None:
            return
        if paste.token is None:
            cockpit.tell(ask, paste.problem, mark="⚠️")
            return
        ask = replace(ask, deletion=cockpit.outbox.delete(ask.chat_id, ask.message_id))
        if self._was_used(ask, paste.token):
            return
        accounts = self._candidates(paste.state)
        if len(accounts) == 1:
            self._use(ask, accounts[0], paste.token)
        elif accounts:
            self._ask_which(ask, accounts, paste.token)
        else:
            cockpit.tell(ask, "no account waits for a login. Send /login name first.", mark="⚠️")

    def _nonce(self, account: AccountName) -> str:
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        self._accounts[nonce] = account
        while len(self._accounts) > _REMEMBERED:
            self._accounts.popitem(last=False)
        return nonce

    def _candidates(self, state: str) -> tuple[AccountName, ...]:
        """Return the accounts a token may be for; after a restart no button is remembered."""
        if state in self._accounts:
            return (self._accounts[state],)
        offered = tuple(dict.fromkeys(self._accounts.values()))
        return offered or tuple(
            view.name for view in render.accounts_out(self._cockpit.desk.status())
        )

    def _ask_which(self, ask: Incoming, accounts: tuple[AccountName, ...], token: Secret) -> None:
        cockpit = self._cockpit

        def choice(account: AccountName) -> Choice:
            async def go(chosen: Incoming) -> None:
                if not self._was_used(chosen, token):
                    self._use(chosen, account, token)

            return Choice(label=f"{account}", action=go)

        buttons = cockpit.prompts.ask(ask.by.user_id, tuple(choice(name) for name in accounts))
        cockpit.tell(ask, "for which account is this login?", buttons=buttons)

    def _was_used(self, ask: Incoming, token: Secret) -> bool:
        """Return whether a token was pasted before, and answer what came of it."""
        mark = _fingerprint(token)
        account = self._used.get(mark)
        if account is None:
            return False
        if mark in self._on_their_way:
            text = f"{account}: that address is being used just now; the answer follows."
        elif self._has_session(account):
            text = f"{account}: that address was used already; it is logged in till 06:00."
        else:
            text = f"{account}: that address was used already. Again: /login {account}"
        self._cockpit.tell(ask, text)
        return True

    def _use(self, ask: Incoming, account: AccountName, token: Secret) -> None:
        """Begin the exchange. Noted before it runs: the same paste may come twice at once."""
        mark = _fingerprint(token)
        self._used[mark] = account
        self._on_their_way.add(mark)
        while len(self._used) > _REMEMBERED:
            self._used.popitem(last=False)
        self._cockpit.spawn(self._exchange(ask, account, token), ask)

    def _has_session(self, account: AccountName) -> bool:
        return any(
            view.name == account and view.session is SessionState.OK
            for view in self._cockpit.desk.status().accounts
        )

    async def _exchange(self, ask: Incoming, account: AccountName, token: Secret) -> None:
        cockpit, mark = self._cockpit, _fingerprint(token)
        try:
            async with asyncio.timeout(SLOW_SECONDS):
                line = await cockpit.desk.login(account, token, by=ask.by, update_id=ask.update_id)
        except LoginRefused as refused:
            stays = " The session it has stays." if self._has_session(account) else ""
            text = f"{account}: not logged in. {refused}{stays}\nAgain: /login {account}"
        except (BrokerError, TimeoutError):
            self._used.pop(mark, None)  # the token may still be good
            text = f"{account}: Zerodha did not answer, nothing changed.\nAgain: /login {account}"
        except CopyTraderError as error:
            text = f"{account}: not logged in. {error}"
        else:
            self._forget(account)
            html = f"{render.headed(cockpit.venue, line)}\n{self._next()}"
            cockpit.say(ask, f"{html}\n{render.footer(cockpit.now)}")
            return
        finally:
            self._on_their_way.discard(mark)
        cockpit.tell(ask, text, mark="⚠️")

    def _forget(self, account: AccountName) -> None:
        for nonce in [n for n, name in self._accounts.items() if name == account]:
            del self._accounts[nonce]

    def _next(self) -> str:
        view = self._cockpit.desk.status()
        out = [name.name for name in render.accounts_out(view)]
        return (
            f"Still to log in: {escape(', '.join(out))} /login" if out else render.next_step(view)
        )


def _fingerprint(token: Secret) -> str:
    """Return what a token is known again by; the token itself is not kept."""
    return hashlib.sha256(token.reveal().encode()).hexdigest()
