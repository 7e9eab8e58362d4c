"""The independent Bot API server with what tests of the whole chat need besides."""

from typing import Any

from tests.bot_chat.chat_server import TOKEN, Server, _fields, _read


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

    async def handle(self, request: Any) -> Any:
        method = request.match_info["method"]
        fields = _fields(request.content_type, request.headers, await _read(request))
        wait = self.flooded.get(int(fields.get("chat_id", 0)))
        if wait is not None:
            self.force(method, 429, parameters={"retry_after": wait})
        return await super().handle(request)

    async def offer(self, payload: dict, *, number: int | None = None) -> int:
        """Offer an update of any kind, by a number of its own or one that was there before."""
        inbox = self._update_queues._state(TOKEN)
        number = inbox.next_id if number is None else number
        inbox.next_id = max(inbox.next_id, number + 1)
        async with inbox.condition:
            inbox.updates.append(_Unasked(payload, update_id=number))
            inbox.condition.notify_all()
        return number
