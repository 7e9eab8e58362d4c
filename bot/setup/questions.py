"""What is asked of a person, as values: the key, the words, an example; and how an answer is read."""

import re
from dataclasses import dataclass
from decimal import Decimal

from bot.settings.key import SettingKey
from bot.setup.asker import Asker
from engine.core.values.secrets import Secret

#: What people write round an amount: the rupee sign, words for it, grouping.
_ROUND_AMOUNTS = re.compile(r"^(?:₹|rs\.?|inr)\s*|[,\s]|/-$", re.IGNORECASE)
_WORDS = {
    "k": 1_000,
    "l": 100_000,
    "lac": 100_000,
    "lakh": 100_000,
    "lakhs": 100_000,
    "cr": 10_000_000,
    "crore": 10_000_000,
    "crores": 10_000_000,
}
_IN_WORDS = re.compile(rf"([0-9]{{1,6}}(?:\.[0-9]{{1,4}})?)({'|'.join(_WORDS)})", re.IGNORECASE)
_NOTHING = frozenset({"none", "off", "no", "-", "skip"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question about one key.

    Attributes:
        key: The row of the settings that judges the answer.
        ask: The words.
        example: Shown in brackets behind them.
        default: What Enter alone stands for; empty: nothing.
        optional: Enter alone, or ``none``, leaves the key out.
        amount: Rupees or a number: grouping and signs around it are taken away.
        nothing: What leaving it out means, in a word.
    """

    key: SettingKey[object]
    ask: str
    example: str = ""
    default: str = ""
    optional: bool = False
    amount: bool = False
    nothing: str = "none"

    def read(self, typed: str) -> str:
        """Return the text for the env file.

        Raises:
            ValueError: A sentence that says what is wrong and the mend.
        """
        text = _figure(typed) if self.amount else typed
        if self.optional and typed.lower() in _NOTHING:
            return ""
        try:
            value = self.key.parse(text)
        except ValueError as error:
            raise ValueError(sentence(str(error))) from None
        # As the parser understood it, where that is a text: a client id in capitals.
        if isinstance(value, Secret):
            return value.reveal()
        return value if isinstance(value, str) else text


def _figure(typed: str) -> str:
    """Return an amount as plain digits: ``₹ 5,000``, ``2 lakh`` and ``10k`` are understood."""
    text = _ROUND_AMOUNTS.sub("", typed)
    found = _IN_WORDS.fullmatch(text)
    if found is None:
        return text
    number = Decimal(found[1]) * _WORDS[found[2].lower()]
    return f"{number.normalize():f}"


def sentence(fault: str) -> str:
    """Return what a parser complains of, which reads on after a key, as a sentence."""
    return spoken(fault if not fault[:1].islower() else f"that {fault}")


def spoken(fault: str) -> str:
    """Return the text of an error as a sentence."""
    return f"{fault[:1].upper()}{fault[1:].rstrip('.')}."


def ask(asker: Asker, question: Question, *, old: str = "", shown: str | None = None) -> str:
    """Ask until the answer is right, and return it; empty where an optional one is left out.

    Args:
        asker: Who is asked.
        question: What.
        old: What Enter alone keeps.
        shown: How ``old`` is shown; a secret is masked.
    """
    words = _words(question, old, shown)
    while True:
        typed = asker.secret(words) if question.key.secret else asker.text(words)
        if not typed and (kept := old or question.default):
            return kept
        if not typed and question.optional:
            return ""
        if not typed:
            asker.bad("This one is needed. Ctrl-C stops without writing anything.")
            continue
        try:
            return question.read(typed)
        except ValueError as error:
            asker.bad(str(error))


def _words(question: Question, old: str, shown: str | None) -> str:
    kept = (masked(old) if question.key.secret else old) if shown is None else shown
    if old:
        hint = f"Enter keeps {kept}" + ("; none: take it away" if question.optional else "")
    elif question.default:
        hint = f"Enter: {question.default}"
    elif question.optional:
        hint = (
            f"Enter: {question.nothing}{f', e.g. {question.example}' if question.example else ''}"
        )
    else:
        hint = f"e.g. {question.example}" if question.example else ""
    return f"{question.ask} ({hint}):" if hint else f"{question.ask}:"


def masked(secret: str) -> str:
    """Return enough of a secret to recognise it by: its last four letters where it is long."""
    return f"****{secret[-4:]}" if len(secret) >= 12 else "****"
