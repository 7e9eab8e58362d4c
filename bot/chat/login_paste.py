"""Reads what comes back from a login: the address a person landed on, its query, the token, a deep link."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from bot.chat.login_states import STATE_LENGTH
from engine.core.values.secrets import Secret

_TOKEN = re.compile(r"[A-Za-z0-9]{8,64}")
_BARE = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9]{24,64}")
_NAMED = re.compile(r"request_token\W+([A-Za-z0-9]+)")
#: Characters of a request token (Kite Connect docs, user: login flow, as seen in redirects).
_TOKEN_LENGTH = 32
_WHOLE = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z0-9]{{{_TOKEN_LENGTH}}}(?![A-Za-z0-9])")
_SIGNS = ("request_token", "connect/login", "kite.zerodha.com", "kite.trade/connect")
#: What docs/login-redirect.html makes: this letter, the state, the token; at most 64 characters of this
#: alphabet (Telegram Bot API, deep linking).
_LINKED = re.compile(rf"k([A-Za-z0-9_-]{{{STATE_LENGTH}}})([A-Za-z0-9]{{8,41}})")
#: The same as the address of the page's button, copied instead of tapped.
_LINK = re.compile(rf"[?&]start=({_LINKED.pattern})(?![A-Za-z0-9_-])")
#: Secrets that belong in no chat, by the names they are written down under.
_OTHER_SECRET = re.compile(
    r"(?i)(?:access_token|public_token|refresh_token|enctoken|api_secret|bot_token|totp_secret|totp_token"
    r"|passphrase|password|passwd|smtp_url|webhook_url|twilio_token)\W{1,4}[^\s\"']{6,}"
)
#: Those that are known by their shape, whatever they are called: a bot token (Telegram Bot API, Authorizing
#: your bot), an authenticator's address, a Discord webhook, an address with a password in it.
_SHAPED_SECRET = re.compile(
    r"(?i)(?<!\d)\d{6,12}:[a-z0-9_-]{30,}|otpauth://|/api/webhooks/\d+/|[a-z][a-z0-9+.-]*://[^\s/:@]*:[^\s/@]+@"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPaste:
    """What was found. Either ``token`` is set, or ``problem`` says in one line what to do.

    Attributes:
        state: The state of the login button; empty where the paste carries none.
        failed: Whether Zerodha says that the login did not succeed.
        secret: Whether the message should not stay in the chat.
    """

    token: Secret | None = None
    state: str = ""
    problem: str = ""
    failed: bool = False
    secret: bool = True


def read_paste(text: str) -> LoginPaste | None:
    """Read a message; None means that it has nothing to do with a login.

    White space and line breaks inside are ignored, because phones add them.
    """
    linked = _LINK.search(text)
    if linked is not None:
        return read_deep_link(linked[1])
    squeezed = "".join(text.split())
    lowered = squeezed.lower()
    if any(sign in lowered for sign in _SIGNS) or "status=" in lowered:
        return _from_address(text, squeezed)
    broken = squeezed != text.strip()
    if _BARE.fullmatch(squeezed) and (not broken or len(squeezed) == _TOKEN_LENGTH):
        return LoginPaste(token=Secret(squeezed))
    whole = _whole_tokens(text)
    if len(whole) > 1:
        return LoginPaste(problem=_TWO)
    return LoginPaste(token=Secret(whole.pop())) if whole else None


def read_deep_link(payload: str) -> LoginPaste | None:
    """Read what follows ``/start``; None means that it is no login."""
    found = _LINKED.fullmatch(payload)
    return LoginPaste(state=found[1], token=Secret(found[2])) if found is not None else None


def holds_other_secret(text: str) -> bool:
    """Return whether a message holds a secret that this chat must never be given."""
    return _OTHER_SECRET.search(text) is not None or _SHAPED_SECRET.search(text) is not None


#: What is said where Zerodha sends a browser back without a login.
NOT_SUCCEEDED = "Zerodha says that this login did not succeed: it was cancelled, or refused there."
_TWO = "That holds two different tokens. Paste one address at a time."


def _from_address(text: str, squeezed: str) -> LoginPaste:
    # Words after an unbroken address would stick to its last value once squeezed.
    unbroken = [fields for fields in map(_fields, text.split()) if _has_whole_token(fields)]
    found = unbroken or [_fields(squeezed)]
    fields = found[0]
    status = (fields.get("status") or [""])[0]
    state = (fields.get("state") or [""])[0]
    tokens = {token for each in found for token in each.get("request_token", [])}
    tokens = tokens or set(_NAMED.findall(text))
    secret = bool(tokens) or bool(_whole_tokens(text))
    if status and status != "success":
        return LoginPaste(problem=NOT_SUCCEEDED, state=state, failed=True, secret=secret)
    if not tokens and "connect/login" in squeezed.lower():
        return LoginPaste(
            problem="That is the login page's address. Open it, log in, then paste the address "
            "of the page you land on; it contains request_token.",
            secret=secret,
        )
    if not tokens:
        return LoginPaste(
            problem="There is no request_token in that. Log in with a button of /login, then "
            "paste the whole address of the page you land on.",
            secret=secret or "request_token" in squeezed.lower(),
        )
    if len(tokens) > 1:
        return LoginPaste(problem=_TWO)
    token = tokens.pop()
    if not _TOKEN.fullmatch(token):
        return LoginPaste(problem="The request_token in that is damaged. Copy the whole address.")
    return LoginPaste(token=Secret(token), state=state)


def _whole_tokens(text: str) -> set[str]:
    """Return what looks like a token, whatever it is called."""
    return {word for word in _WHOLE.findall(text) if _BARE.fullmatch(word)}


def _has_whole_token(fields: dict[str, list[str]]) -> bool:
    return any(len(token) == _TOKEN_LENGTH for token in fields.get("request_token", []))


def _fields(address: str) -> dict[str, list[str]]:
    query = address.partition("?")[2] or address
    return parse_qs(query.replace("#", "&").replace("?", "&"))
