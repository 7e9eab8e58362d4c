"""The command menu beside the typing field: each person's own commands, strangers none."""

import asyncio
import logging

from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.chat.commands import COMMANDS
from bot.chat.people import People
from bot.chat.roles import may

_log = logging.getLogger(__name__)

_AGAIN_S = 15.0
#: Stands for all who have no menu of their own; no person has this id.
_EVERYBODY = 0


class Menus:
    """Sets menus beside everything else; nothing waits for one.

    Args:
        bot: Makes the calls.
        people: Who may do what.
    """

    def __init__(self, bot: Bot, people: People) -> None:
        self._bot = bot
        self._people = people
        self._waiting: asyncio.Queue[int] = asyncio.Queue()

    def refresh(self, user_id: int) -> None:
        """Have somebody's menu set anew: his role is another, or he has opened the chat."""
        self._waiting.put_nowait(user_id)

    def set_all(self) -> None:
        """Have the menu of everybody taken away, and each known person's set; at the start."""
        for user_id in (_EVERYBODY, *self._people.everybody()):
            self.refresh(user_id)

    async def run(self) -> None:
        """Set what is asked for until cancelled."""
        while True:
            user_id = await self._waiting.get()
            try:
                await self._set(user_id)
            except Exception as error:  # noqa: BLE001 - a menu must not end the chat
                _log_unset(error)

    async def _set(self, user_id: int) -> None:
        if user_id == _EVERYBODY:
            try:
                await self._bot.delete_my_commands()
            except TelegramError as error:
                _log_unset(error)
            return
        role = self._people.role(user_id)
        scope = BotCommandScopeChat(user_id)
        try:
            if role is None:
                await self._bot.delete_my_commands(scope)
                return
            menu = [
                BotCommand(command.name, command.summary)
                for command in COMMANDS
                if may(role, command.name)
            ]
            await self._bot.set_my_commands(menu, scope)
        except (BadRequest, Forbidden) as error:
            # He never opened the chat: his first /start asks again.
            _log_unset(error)
        except NetworkError as error:
            _log_unset(error)
            asyncio.get_running_loop().call_later(_AGAIN_S, self.refresh, user_id)
        except TelegramError as error:
            _log_unset(error)


def _log_unset(error: Exception) -> None:
    _log.info("command menu not set", extra={"action": "chat_menu", "reason": type(error).__name__})
