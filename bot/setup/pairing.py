"""Waits for the owner to open the bot by a one-time link, and learns his numeric id by that."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.chat.pairing_code import read_code
from bot.setup.telegram_api import BotApi, TelegramSilentError, Update

#: How long one poll is held by the server, seconds; Enter is looked for in between.
_POLL_S = 2
#: How long is waited in all, seconds.
WAIT_S = 600.0
_RETRY_S = 2.0
#: Names are shown on a terminal: longer ones are cut.
_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who sent the code."""

    id: int
    name: str


def link_for(bot_name: str, code: str) -> str:
    """Return the deep link that sends the code when the person presses Start.

    Source: Telegram, Bot features, deep linking: up to 64 of A-Z, a-z, 0-9, _ and -.
    """
    return f"https://t.me/{bot_name}?start={code}"


def sender_of(updates: Iterable[Update], digest: str) -> Person | None:
    """Return who sent ``/start CODE`` in a private chat; everything else is nobody."""
    for update in updates:
        message = update.get("message")
        if not isinstance(message, Mapping):
            continue
        person, chat = message.get("from"), message.get("chat")
        command, _, rest = str(message.get("text") or "").partition(" ")
        if (
            isinstance(person, Mapping)
            and isinstance(chat, Mapping)
            and chat.get("type") == "private"
            and person.get("is_bot") is not True
            and isinstance(person.get("id"), int)
            and command == "/start"
            and read_code(rest) == digest
        ):
            return Person(id=person["id"], name=_name(person))
    return None


def _name(person: Mapping[str, object]) -> str:
    first, user = str(person.get("first_name") or ""), str(person.get("username") or "")
    # Anybody may put control characters into a name; a terminal obeys them.
    words = "".join(c for c in f"{first}{f' @{user}' if user else ''}" if c.isprintable())
    return words.strip()[:_NAME] or "no name"


def wait_for_owner(
    api: BotApi,
    digest: str,
    *,
    gave_up: Callable[[], bool],
    monotonic: Callable[[], float],
    pause: Callable[[float], None],
    silent: Callable[[], None],
) -> Person | None:
    """Return who sent the code, or None when the waiting was given up or took too long.

    What was read is confirmed, so that the running bot does not hear the code again.

    Args:
        api: The bot.
        digest: Of the code.
        gave_up: Whether the person at the terminal wants to go on without.
        monotonic: A clock, seconds.
        pause: Waits some seconds.
        silent: Called when Telegram does not answer, once.

    Raises:
        TokenRefusedError: The token was revoked meanwhile.
        TokenInUseError: Another program polls with this token.
    """
    offset, until, is_silent = 0, monotonic() + WAIT_S, False
    while not gave_up() and monotonic() < until:
        try:
            updates = api.updates(offset, _POLL_S)
        except TelegramSilentError:
            if not is_silent:
                silent()
            is_silent = True
            pause(_RETRY_S)
            continue
        numbers = (number for one in updates if isinstance(number := one.get("update_id"), int))
        offset = max(numbers, default=offset - 1) + 1
        person = sender_of(updates, digest)
        if person is not None:
            _confirm(api, offset)
            return person
    return None


def _confirm(api: BotApi, offset: int) -> None:
    try:
        api.updates(offset, 0)
    except TelegramSilentError:
        return  # the code works once: hearing it again does nothing
