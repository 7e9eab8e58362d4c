"""What a thumb, a keyboard or a copied text adds to a word, taken away again."""

import re
import unicodedata

#: Longest piece of a person's own words that is quoted back.
QUOTED = 40

# The word alone, whatever signs stand round it: "stop", "/STOP!", "stop."
_STOP = re.compile(r"[\W_]*stop[\W_]*", re.IGNORECASE)
_ENDING = re.compile(r"\W+$")


def cleaned(text: str) -> str:
    """Return a text without invisible signs (joiners, direction marks) and outer white space."""
    return "".join(c for c in text if unicodedata.category(c) != "Cf").strip()


def says_stop(text: str) -> bool:
    """Return whether a message is just the word stop, in any case, with or without the slash."""
    return _STOP.fullmatch(cleaned(text)) is not None


def command_word(text: str) -> str:
    """Return the word of a command, without slash, the bot's name and what ends a sentence."""
    word = text.split(maxsplit=1)[0].removeprefix("/").partition("@")[0]
    return _ENDING.sub("", word)


def quoted(word: str) -> str:
    """Return a person's own words, short enough to be said back."""
    return word if len(word) <= QUOTED else f"{word[: QUOTED - 1]}…"


def said_in_short(text: str) -> str:
    """Return the command of a message, to be told again; nothing else of it: it may be a secret."""
    return f"/{quoted(command_word(text))}" if text.startswith("/") else "a button or a message"
