"""The op ids of answers for which the engine did nothing: reads, questions, slips. In memory only.

What the engine did has an id of its own in the journal; these begin with ``q``, which none of those does.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

#: Answers that are remembered; a day of a busy person.
_REMEMBERED = 1_000
#: The last line of an answer that has no op id yet.
_FOOT = re.compile(r"^(\d\d:\d\d:\d\d IST)\Z", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One such answer: to which update, what was typed or tapped, by whom, and when it was answered."""

    update_id: int
    asked: str
    who: str
    at: datetime


class Looks:
    """Gives out op ids, and remembers what they were for."""

    def __init__(self) -> None:
        self._found: OrderedDict[str, Look] = OrderedDict()

    def footed(self, html: str, look: Look) -> str:
        """Return an answer with an op id before the time in its last line; as it is where it has one."""
        foot = _FOOT.search(html)
        if foot is None:
            return html
        # The log has the whole number.
        op = f"q{look.update_id % 0x10000:04x}"
        self._found[op] = look
        while len(self._found) > _REMEMBERED:
            self._found.popitem(last=False)
        return f"{html[: foot.start()]}op {op} · {foot[1]}"

    def find(self, op: str) -> Look | None:
        """Return what an op id was for; None where it is none of these, or is of before a restart."""
        return self._found.get(op.lower())
