"""Takes the older script's settings over, in words."""

from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken

from bot.setup.asker import Asker
from bot.setup.old_script import Taken, belongs_to_old, sealed_names, take_over
from bot.setup.tools import Tools

_KEY_NAME = "ENCRYPTION_KEY"


def import_old(tools: Tools, values: Mapping[str, str], *, same_file: bool) -> None:
    """Put what can be taken over into the draft, and tell of every key what became of it.

    Args:
        tools: The wizard's world.
        values: The older script's env file.
        same_file: It is the file that will be written: its old keys go.
    """
    asker, draft = tools.asker, tools.draft
    fernet = _fernet(asker, values)
    taken = take_over(values, lambda text: None if fernet is None else _opened(fernet, text))
    for name, text in taken.values.items():
        draft.put(name, text)
    if same_file:
        for name in values:
            if belongs_to_old(name):
                draft.drop(name)
    _tell(asker, taken)


def _fernet(asker: Asker, values: Mapping[str, str]) -> Fernet | None:
    """Return what opens the encrypted values; asks until the key fits, or Enter gives up."""
    sealed = sealed_names(values)
    if not sealed:
        return None
    given = values.get(_KEY_NAME, "").strip()
    while True:
        fernet = _fits(given, values[sealed[0]]) if given else None
        if fernet is not None:
            return fernet
        if given:
            asker.bad(
                "That key does not open the old secrets. It is the ENCRYPTION_KEY of the old script."
            )
        given = asker.secret(
            "The old file is encrypted. Its key (44 letters; Enter: type the secrets anew):"
        )
        if not given:
            return None


def _fits(key: str, sealed: str) -> Fernet | None:
    try:
        fernet = Fernet(key)
    except ValueError:
        return None
    return fernet if _opened(fernet, sealed.strip()) is not None else None


def _opened(fernet: Fernet, text: str) -> str | None:
    try:
        return fernet.decrypt(text.encode()).decode()
    except (InvalidToken, ValueError):
        return None


def _tell(asker: Asker, taken: Taken) -> None:
    asker.heading("Taken over from the older script")
    for old, new in taken.names.items():
        asker.say(f"{old} -> {_where(old, new)}")
    if sum(new.endswith("MAX_ORDER_QUANTITY") for new in taken.names.values()) > 1:
        asker.say("Of several limits per order the smallest counts now, in every market.")
    if taken.left:
        asker.heading("Not taken over")
        for old, why in taken.left.items():
            asker.say(f"{old}: {why}")


def _where(old: str, new: str) -> str:
    """Return where an old key went; a follower's name is part of the keys here."""
    return f"the name {new.split('__')[1].lower()}" if old.endswith("_NAME") else new
