"""Which chat message shows which order card, and what it says."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.chat.message import Buttons, read_rows
from bot.chat.render import accounts_out, copy_card, told_card
from bot.chat.render_morning import login_rows, morning_card
from engine.control import ControlDesk
from engine.core.values.logins import is_morning_topic
from engine.core.values.notices import Notice

#: Cards remembered; a day of a busy master in a few chats. Older ones are found at the desk.
_REMEMBERED = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A card as it should look now; ``message_id`` None means it has no message yet.

    ``loud``: a first message comes with sound.
    """

    html: str
    message_id: int | None
    buttons: Buttons = ()
    loud: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    html: str
    message_id: int
    at: float


class CardBoard:
    """Remembers the shown cards; the desk remembers their messages across restarts.

    Args:
        desk_of: Returns the engine's door as wide as it is open to the person of a chat.
        may_press: Whether the person of a chat gets buttons that do something.
    """

    def __init__(
        self, desk_of: Callable[[int], ControlDesk], may_press: Callable[[int], bool]
    ) -> None:
        self._desk_of = desk_of
        self._may_press = may_press
        self._shown: OrderedDict[tuple[int, str], _Shown] = OrderedDict()
        self._gone: set[tuple[int, str]] = set()

    def draw(self, chat_id: int, notice: Notice) -> Drawn | None:
        """Return the card of the notice's order, or None where the chat shows just that."""
        desk = self._desk_of(chat_id)
        if is_morning_topic(notice.topic):
            status = desk.status()
            # With sound while somebody is to be logged in.
            loud = bool(accounts_out(status))
            rows = login_rows(status) if self._may_press(chat_id) else ()
            return self._drawn(chat_id, notice.topic, morning_card(status), rows, loud=loud)
        html, order_id = self._html(notice, desk), notice.master_order_id
        if not html:
            return None
        why = read_rows("Why", f"why {order_id}") if order_id is not None else ()
        return self._drawn(chat_id, notice.topic, html, why, loud=order_id is None)

    def _drawn(
        self, chat_id: int, topic: str, html: str, buttons: Buttons, *, loud: bool
    ) -> Drawn | None:
        key = (chat_id, topic)
        shown = self._shown.get(key)
        if shown is not None and shown.html == html:
            return None
        known = None if key in self._gone else self._desk_of(chat_id).card_message(topic, chat_id)
        # 0: the card was noted as shown when there was nothing to draw.
        message_id = shown.message_id if shown is not None else known or None
        return Drawn(html=html, message_id=message_id, buttons=buttons, loud=loud)

    @staticmethod
    def _html(notice: Notice, desk: ControlDesk) -> str:
        """Return what the card says now; empty where there is nothing to draw."""
        if notice.text:
            return told_card(notice)
        order_id = notice.master_order_id
        view = desk.copy(notice.venue, order_id) if order_id is not None else None
        return copy_card(view) if view is not None else ""

    def last_drawn(self, chat_id: int, topic: str) -> float | None:
        """Return the loop seconds of the card's last change in this chat, if it has one."""
        shown = self._shown.get((chat_id, topic))
        return None if shown is None else shown.at

    def message_of(self, chat_id: int, topic: str) -> int:
        """Return the message that shows the card, 0 if none is known."""
        shown = self._shown.get((chat_id, topic))
        return 0 if shown is None else shown.message_id

    def remember(self, chat_id: int, topic: str, drawn: Drawn, *, at: float) -> None:
        """Note that a message now shows a card."""
        key = (chat_id, topic)
        self._gone.discard(key)
        self._shown[key] = _Shown(html=drawn.html, message_id=drawn.message_id or 0, at=at)
        self._shown.move_to_end(key)
        while len(self._shown) > _REMEMBERED:
            self._shown.popitem(last=False)

    def forget(self, chat_id: int, topic: str) -> None:
        """Note that the card's message is gone, so that the next one is a new message."""
        self._shown.pop((chat_id, topic), None)
        self._gone.add((chat_id, topic))
