"""The menu, the keyboard and the help of each role."""

import json

from bot.chat.delivery import MENU_LABELS
from bot.chat.roles import may
from engine.core.values.people import Role
from tests.bot_chat.chat_server import OWNER, a_chat
from tests.bot_chat.roles_desk import FOLLOWER, NAMES, OPERATOR, a_desk, ask_slowly


async def test_each_role_has_its_own_menu_and_strangers_none():
    async with a_chat(desk=a_desk()) as chat:
        await chat.quiet()
        menus = {
            call.fields["scope"]: {c["command"] for c in json.loads(call.fields["commands"])}
            for call in chat.server.calls
            if call.method == "setMyCommands"
        }
        assert any(call.method == "deleteMyCommands" for call in chat.server.calls)
    for user, role in ((OWNER, Role.OWNER), (OPERATOR, Role.OPERATOR), (FOLLOWER, Role.FOLLOWER)):
        [commands] = [names for scope, names in menus.items() if str(user) in scope]
        assert commands == {name for name in NAMES if may(role, name)}
    assert len(menus) == 3


async def test_the_reply_keyboard_has_only_what_the_role_may_do():
    async with a_chat(desk=a_desk()) as chat:
        for user, role in ((OPERATOR, Role.OPERATOR), (FOLLOWER, Role.FOLLOWER)):
            menu = (await ask_slowly(chat, "/start", user=user)).menu
            assert menu
            for label in menu:
                answer = await ask_slowly(chat, label, user=user)
                assert "is for owners" not in answer.text
            assert set(menu) <= {label for row in MENU_LABELS for label in row}, role


async def test_help_lists_what_the_role_may_do_and_explains_no_more():
    async with a_chat(desk=a_desk()) as chat:
        listed = (await ask_slowly(chat, "/help", user=FOLLOWER)).text
        assert "/pause acct" in listed
        assert "/live" not in listed
        assert "for owners" in (await ask_slowly(chat, "/help live", user=FOLLOWER)).text
