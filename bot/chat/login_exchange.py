"""One request token for one session: each token once, and what came of it in words."""

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from bot.chat.chat_desk import ChatDesk
from bot.chat.cockpit import SLOW_SECONDS
from bot.chat.login_states import LoginStates
from engine.core.values.control import Requester
from engine.core.values.market import AccountName
from engine.core.values.secrets import Secret
from engine.core.values.views import SessionState
from engine.errors import BrokerError, CopyTraderError, LoginRefused

_REMEMBERED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What an exchange came to, in the words for people."""

    done: bool
    text: str


class LoginExchange:
    """Exchanges tokens and remembers them by fingerprint, in this run of the program.

    Args:
        desk: Logs accounts in.
        states: Of the buttons; one that has served is void.
    """

    def __init__(self, desk: ChatDesk, states: LoginStates) -> None:
        self._desk = desk
        self._states = states
        # Fingerprints of tokens, which work once, and the account each went to.
        self._used: OrderedDict[str, AccountName] = OrderedDict()
        self._on_their_way: set[str] = set()

    def take(self, account: AccountName, token: Secret) -> bool:
        """Note a token before it is exchanged, as the same one may come twice at once; False if it did."""
        mark = _fingerprint(token)
        if mark in self._used:
            return False
        self._used[mark] = account
        self._on_their_way.add(mark)
        # The button has served: the next one carries another state, whatever comes of this one.
        self._states.void(account)
        while len(self._used) > _REMEMBERED:
            self._used.popitem(last=False)
        return True

    def what_became(self, token: Secret) -> str:
        """Return what came of a token that was taken before; empty where it is new."""
        mark = _fingerprint(token)
        account = self._used.get(mark)
        if account is None:
            return ""
        if mark in self._on_their_way:
            return f"{account}: that address is being used just now; the answer follows."
        if self.has_session(account):
            return f"{account}: that address was used already; it is logged in till 06:00."
        return f"{account}: that address was used already. Again: /login {account}"

    async def run(
        self, account: AccountName, token: Secret, *, by: Requester, update_id: int | None
    ) -> Ended:
        """Trade a token that was taken for a session."""
        mark = _fingerprint(token)
        try:
            async with asyncio.timeout(SLOW_SECONDS):
                line = await self._desk.login(account, token, by=by, update_id=update_id)
        except LoginRefused as refused:
            stays = " The session it has stays." if self.has_session(account) else ""
            return Ended(done=False, text=f"{account}: not logged in. {refused}{stays}")
        except (BrokerError, TimeoutError):
            self._used.pop(mark, None)  # the token may still be good
            text = f"{account}: Zerodha did not answer, nothing changed."
            return Ended(done=False, text=text)
        except CopyTraderError as error:
            return Ended(done=False, text=f"{account}: not logged in. {error}")
        finally:
            self._on_their_way.discard(mark)
        return Ended(done=True, text=line)

    def has_session(self, account: AccountName) -> bool:
        """Return whether an account is logged in now."""
        return any(
            view.name == account and view.session is SessionState.OK
            for view in self._desk.status().accounts
        )


def _fingerprint(token: Secret) -> str:
    """Return what a token is known again by; the token itself is not kept."""
    return hashlib.sha256(token.reveal().encode()).hexdigest()
