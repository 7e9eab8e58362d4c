"""Reads what a person pastes after logging in: the address they landed on, its query, or the token."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from engine.core.values.secrets import Secret

_TOKEN = re.compile(r"[A-Za-z0-9]{8,64}")
_BARE = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9]{24,64}")
_NAMED = re.compile(r"request_token\W+([A-Za-z0-9]+)")
#: Characters of a request token (Kite Connect docs, user: login flow, as seen in redirects).
_TOKEN_LENGTH = 32
_SIGNS = ("request_token", "connect/login", "kite.zerodha.com", "kite.trade/connect")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPaste:
    """What was found. Either ``token`` is set, or ``problem`` says in one line what to do.

    Attributes:
        state: The nonce of the login button; empty where the paste carries none.
    """

    token: Secret | None = None
    state: str = ""
    problem: str = ""


def read_paste(text: str) -> LoginPaste | None:
    """Read a message; None means that it has nothing to do with a login.

    White space and line breaks inside are ignored, because phones add them.
    """
    squeezed = "".join(text.split())
    lowered = squeezed.lower()
    if any(sign in lowered for sign in _SIGNS) or "status=" in lowered:
        return _from_address(text, squeezed)
    broken = squeezed != text.strip()
    if _BARE.fullmatch(squeezed) and (not broken or len(squeezed) == _TOKEN_LENGTH):
        return LoginPaste(token=Secret(squeezed))
    return None


def _from_address(text: str, squeezed: str) -> LoginPaste:
    # Words after an unbroken address would stick to its last value once squeezed.
    unbroken = [fields for fields in map(_fields, text.split()) if _has_whole_token(fields)]
    found = unbroken or [_fields(squeezed)]
    fields = found[0]
    status = (fields.get("status") or [""])[0]
    tokens = {token for each in found for token in each.get("request_token", [])}
    tokens = tokens or set(_NAMED.findall(text))
    if status and status != "success":
        return LoginPaste(
            problem="Zerodha says that this login did not succeed. Send /login again."
        )
    if not tokens and "connect/login" in squeezed.lower():
        return LoginPaste(
            problem="That is the login page's address. Open it, log in, then paste the address "
            "of the page you land on; it contains request_token."
        )
    if not tokens:
        return LoginPaste(
            problem="There is no request_token in that. Log in with a button of /login, then "
            "paste the whole address of the page you land on."
        )
    if len(tokens) > 1:
        return LoginPaste(problem="That holds two different tokens. Paste one address at a time.")
    token = tokens.pop()
    if not _TOKEN.fullmatch(token):
        return LoginPaste(problem="The request_token in that is damaged. Copy the whole address.")
    return LoginPaste(token=Secret(token), state=(fields.get("state") or [""])[0])


def _has_whole_token(fields: dict[str, list[str]]) -> bool:
    return any(len(token) == _TOKEN_LENGTH for token in fields.get("request_token", []))


def _fields(address: str) -> dict[str, list[str]]:
    query = address.partition("?")[2] or address
    return parse_qs(query.replace("#", "&").replace("?", "&"))
