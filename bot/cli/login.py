"""``copytrader login``: the daily session refresh from a terminal."""

import argparse
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from bot.chat.login_paste import read_paste
from bot.cli.configuration import Configuration, Places
from bot.cli.invocation import ExitStatus, Invocation
from bot.cli.running import ask, field
from bot.control_socket import ControlError, NotRunningError
from engine.core.values.secrets import Secret
from engine.core.values.views import SessionState, StatusView
from engine.errors import CopyTraderError

# A login asks Kite over the network.
_LOGIN_TIMEOUT_S = 30.0
# Bytes of the one-time state that ties an answer to the link it belongs to; as many as the chat's, so
# that docs/login-redirect.html takes it.
_STATE_BYTES = 16
#: Of 32 letters and digits (see bot/chat/login_paste.py) few have no digit; a word has none.
_SHORTEST_OF_LETTERS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """What a person pasted: the request token, and the link's state where it was in there."""

    request_token: Secret
    state: str | None


def login(args: argparse.Namespace, invocation: Invocation) -> int:
    """Log in one account, or each that needs it; 1 if any of them could not be."""
    terminal = invocation.terminal
    places = Configuration.read(args.env_file, invocation).used_places()
    try:
        accounts = [_named(args.account, places)] if args.account else _without_session(places)
    except NotRunningError:
        raise NotRunningError(
            "nothing runs here - start copytrader run first, or use /login in the chat"
        ) from None
    if not accounts:
        terminal.say("every account has a session - nothing to do")
    failed = False
    for account in accounts:
        try:
            terminal.say(_log_in(account, places, invocation))
        except NotRunningError:
            raise NotRunningError(
                "nothing runs here - start copytrader run first, or use /login in the chat"
            ) from None
        except ControlError as error:
            terminal.complain(f"{account}: {error}")
            failed = True
    return ExitStatus.FAILED if failed else ExitStatus.OK


def read_pasted(text: str) -> Pasted:
    """Take the request token out of a redirect address, its query, or the bare token.

    Raises:
        ControlError: There is none in it; the text says what to paste instead.

    Source: Kite Connect docs, user (login flow: ``status`` and ``request_token`` in the query).
    """
    compact = "".join(text.split())
    linked = read_paste(compact)
    if linked is not None and linked.token is not None and "start=" in compact:
        # The button of docs/login-redirect.html, copied: that page takes the token out of its address.
        return Pasted(request_token=linked.token, state=linked.state)
    if "=" not in compact:
        # A word, typed where an address was asked for: Kite would refuse it, and blame the secret.
        if not compact.isalnum() or (compact.isalpha() and len(compact) < _SHORTEST_OF_LETTERS):
            raise ControlError("that is no request token - paste the whole redirect address")
        return Pasted(request_token=Secret(compact), state=None)
    query = parse_qs(urlsplit(compact).query or compact.lstrip("?"))
    if query.get("status", ["success"]) != ["success"]:
        raise ControlError("the login was not completed at Kite - open the link again")
    tokens = query.get("request_token", [])
    if len(tokens) != 1:
        raise ControlError(
            "there is no request_token in that - log in first, then paste the address you land on"
        )
    return Pasted(request_token=Secret(tokens[0]), state=query.get("state", [None])[0])


def _named(word: str, places: Places) -> str:
    """Return the account of a name or a Kite client id, in any case."""
    wanted = word.lower()
    try:
        view = field(ask(places, "status"), "status", StatusView)
    except NotRunningError:
        raise
    except ControlError:
        return wanted  # what it cannot tell now, it will tell of the login itself
    return next((a.name for a in view.accounts if a.user_id.lower() == wanted), wanted)


def _without_session(places: Places) -> list[str]:
    view = field(ask(places, "status"), "status", StatusView)
    return [one.name for one in view.accounts if one.session is SessionState.LOGIN]


def _log_in(account: str, places: Places, invocation: Invocation) -> str:
    terminal = invocation.terminal
    state = secrets.token_urlsafe(_STATE_BYTES)
    url = field(ask(places, "login_url", {"account": account, "state": state}), "url", str)
    terminal.say(f"{account}: open this link and log in to Kite:")
    terminal.say(url)
    try:
        pasted = read_pasted(terminal.ask("Then paste the address you land on:"))
    except ControlError:
        raise
    except CopyTraderError as error:
        raise ControlError(str(error)) from error
    if pasted.state not in {None, state}:
        raise ControlError("that address belongs to another link - use the newest link")
    with terminal.working(f"{account}: Kite is asked for the session"):
        answer = ask(
            places,
            "login",
            {"account": account, "request_token": pasted.request_token.reveal()},
            timeout_s=_LOGIN_TIMEOUT_S,
        )
    return field(answer, "text", str)
