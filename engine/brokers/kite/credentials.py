"""What one account shows to Kite, shared by its wire, its stream and its desk."""

import asyncio
import re

from typing_extensions import override

from engine.core.values.secrets import Secret
from engine.ports import BrokerSession

#: Printable ASCII without blanks: what may stand in a header or a URL. A token with a line break
#: could smuggle a second header into a request.
_TOKEN = re.compile(r"[!-~]{1,512}")

#: Anything that looks like a credential in a text from outside.
_LOOKS_SECRET = re.compile(
    r"((?:access|request|public|enc|refresh)_?token|api_secret|checksum|authorization|password)"
    r"([\"']?\s*[=:]\s*[\"']?)(?:token\s+)?[^\s&\"',}]+",
    re.IGNORECASE,
)


def is_usable_token(text: str) -> bool:
    """Tell whether a token can be put into a header and a URL without changing their meaning.

    Args:
        text: The token.
    """
    return _TOKEN.fullmatch(text) is not None


class Credentials:
    """The api key of an account, its secret and the session of the day.

    Readers take the session anew for every connection or request, so that a fresh login
    takes effect at once.

    Attributes:
        name: The account's name, for log lines.
        user_id: The Kite client id the session must belong to.
        api_key: The app's public key.
        api_secret: Signs the session exchange; never leaves this process.
        changed: Set whenever the session was replaced; the stream clears it.
    """

    __slots__ = ("_session", "api_key", "api_secret", "authorization", "changed", "name", "user_id")

    def __init__(self, *, name: str, user_id: str, api_key: str, api_secret: Secret) -> None:
        if not is_usable_token(api_key):
            raise ValueError(f"the api key of {name} is not a single printable word")
        self.name = name
        self.user_id = user_id
        self.api_key = api_key
        self.api_secret = api_secret
        self.changed = asyncio.Event()
        #: The whole header line, ready for the wire; None while nobody is logged in.
        self.authorization: bytes | None = None
        self._session: BrokerSession | None = None

    @property
    def session(self) -> BrokerSession | None:
        """The session of the day, or None."""
        return self._session

    def use(self, session: BrokerSession | None) -> None:
        """Replace the session everywhere at once.

        Args:
            session: The new session, or None to have none.

        Raises:
            ValueError: The token cannot be a header value; nothing is changed and the caller
                treats the login as failed.
        """
        if session is None:
            self.authorization = None
        else:
            token = session.access_token.reveal()
            if not is_usable_token(token):
                raise ValueError(f"the session of {self.name} holds no usable token")
            self.authorization = f"Authorization: token {self.api_key}:{token}\r\n".encode("ascii")
        self._session = session
        self.changed.set()

    def redact(self, text: str, *, limit: int = 300) -> str:
        """Blank out this account's secrets, and whatever looks like one, in a text from outside.

        Args:
            text: A broker message, an exception text, a detail.
            limit: Characters to keep, > 0.

        Returns:
            One line without secrets.
        """
        secrets = [self.api_secret]
        if self._session is not None:
            secrets.append(self._session.access_token)
        for secret in secrets:
            if secret:
                text = text.replace(secret.reveal(), "***")
        line = " ".join(_LOOKS_SECRET.sub(r"\1\2***", text).split())
        return line if len(line) <= limit else f"{line[: limit - 1]}…"

    @override
    def __repr__(self) -> str:
        state = "logged in" if self._session else "no session"
        return f"<Credentials {self.name} {state}>"
