"""The independent Bot API server with what tests of the whole chat need besides."""

from tests.bot_chat.chat_server import TOKEN, Server


class _Unasked(dict):
    """An update that is delivered whichever kinds were asked for."""

    def __contains__(self, key: object) -> bool:
        return True


class JudgedServer(Server):
    """Besides: flood waits of single chats, and updates of any kind and number."""

    def __init__(self) -> None:
        super().__init__()
        #: Seconds that each call into a chat is told to wait.
        self.flooded: dict[int, float] = {}

    def _refusal(self, method: str, fields: dict) -> tuple[int, dict] | None:
        # Of the chat itself: a refusal left lying for the method would reach whichever call comes next.
        wait = self.flooded.get(int(fields.get("chat_id", 0)))
        if wait is None:
            return super()._refusal(method, fields)
        text = f"Too Many Requests: retry after {wait:g}"
        parameters = {"retry_after": wait}
        return 429, {"ok": False, "error_code": 429, "description": text, "parameters": parameters}

    async def offer(self, payload: dict, *, number: int | None = None) -> int:
        """Offer an update of any kind, by a number of its own or one that was there before."""
        inbox = self._update_queues._state(TOKEN)
        number = inbox.next_id if number is None else number
        inbox.next_id = max(inbox.next_id, number + 1)
        async with inbox.condition:
            inbox.updates.append(_Unasked(payload, update_id=number))
            inbox.condition.notify_all()
        return number
