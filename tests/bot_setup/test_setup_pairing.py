"""Who becomes the owner: whoever sends the one-time code in a private chat, and nobody else."""

import pytest

from bot.setup.telegram_api import (
    TelegramSilentError,
    TokenInUseError,
    TokenRefusedError,
)
from bot.setup.telegram_step import telegram
from tests.bot_setup.setup_fakes import BOT_TOKEN, FakeBotApi, a_message, tools

TOKEN = ("Bot token", BOT_TOKEN)
BY_LINK = ("Who may command", "link")


class Paired(FakeBotApi):
    """A Telegram where somebody reads the code off the screen; ``others`` come before that."""

    def __init__(self, *others, **sent):
        super().__init__()
        self.others, self.how = list(others), sent
        self.world = None

    def updates(self, offset, wait_s):
        if self.others:
            self.batches = [self.others.pop(0)]
        elif not self.offsets or self.offsets[-1] <= 50:
            code = self.world.asker.pictures[-1].partition("start=")[2]
            self.batches = [[a_message(f"/start {code}", number=50, **self.how)]]
        return super().updates(offset, wait_s)


def pair(api, *script):
    world = tools((TOKEN, *script), api=api)
    api.world = world
    telegram(world)
    assert not world.asker.left
    return world


def owner(world):
    return world.draft.written("TELEGRAM__ADMINS")


def test_the_one_who_sends_the_code_is_the_owner_and_hears_of_it():
    api = Paired()
    world = pair(api, BY_LINK, ("Ravi (id 4242) pressed START", True))
    assert owner(world) == "4242"
    ((chat, text),) = api.sent
    assert chat == 4242
    assert text.startswith("PAPER ")
    assert text.endswith("IST")


def test_the_link_is_shown_and_is_the_qr_code():
    world = pair(Paired(), BY_LINK, ("pressed START", True))
    (link,) = world.asker.pictures
    assert link.startswith("https://t.me/my_bot?start=")
    assert link in world.asker.told


def test_the_code_is_confirmed_so_that_the_bot_does_not_hear_it_again():
    api = Paired()
    pair(api, BY_LINK, ("pressed START", True))
    assert api.offsets[-1] == 51


@pytest.mark.parametrize(
    "other",
    [
        a_message("/start", person=9),
        a_message("/start AAAA-BBBB-CCCC", person=9),
        a_message("hello", person=9),
        {"update_id": 3, "message": {"text": None}},
        {"update_id": 3},
        {"update_id": 3, "message": {"from": {"id": "x"}, "chat": {"type": "private"}}},
    ],
)
def test_strangers_are_not_heard(other):
    assert owner(pair(Paired([other]), BY_LINK, ("pressed START", True))) == "4242"


@pytest.mark.parametrize("how", [{"chat": "group"}, {"is_bot": True}])
def test_the_code_counts_in_a_private_chat_of_a_person_only(how):
    api = Paired(**how)
    world = pair(api, BY_LINK, ("Who may command", "later"))
    assert owner(world) == ""
    assert api.at >= 600


def test_a_name_cannot_write_to_the_terminal():
    world = tools((TOKEN, BY_LINK, ("pressed START", True)), api=(api := Paired(name="\x1b[2JEve")))
    api.world = world
    telegram(world)
    assert "\x1b" not in "".join([*world.asker.told, *world.asker.asked])


def test_not_me_asks_again_and_makes_nobody_the_owner():
    world = pair(Paired(), BY_LINK, ("pressed START", False), ("Who may command", "later"))
    assert owner(world) == ""


def test_an_outage_is_waited_out_and_told_once():
    down = TelegramSilentError("does not answer")
    world = pair(Paired(down, down, down), BY_LINK, ("pressed START", True))
    assert owner(world) == "4242"
    assert sum("does not answer at the moment" in line for line in world.asker.told) == 1


def test_a_bot_that_another_program_reads_is_told_and_the_number_is_the_way():
    api = Paired(TokenInUseError("another program reads this bot's messages - stop it"))
    world = pair(api, BY_LINK, ("Who may command", "number"), ("numeric", "77"))
    assert owner(world) == "77"
    assert any("nother program" in line for line in world.asker.told)


def test_a_token_that_telegram_does_not_know_is_asked_again():
    class Second(FakeBotApi):
        def name(self):
            self.at += 1
            if self.at == 1:
                raise TokenRefusedError("Telegram does not know this token - copy it again")
            return "my_bot"

    world = tools((TOKEN, TOKEN, ("Who may command", "later")), api=Second())
    telegram(world)
    assert world.draft.written("TELEGRAM__BOT_TOKEN") == BOT_TOKEN
    assert any("does not know this token" in line for line in world.asker.told)


def test_without_telegram_the_token_may_be_kept_unchecked():
    api = FakeBotApi(username=TelegramSilentError("does not answer"))
    script = (TOKEN, ("without checking", True), ("Who may command", "later"))
    world = tools(script, api=api)
    telegram(world)
    assert world.draft.written("TELEGRAM__BOT_TOKEN") == BOT_TOKEN


def test_while_the_bot_runs_its_messages_are_not_taken_from_it():
    world = tools((TOKEN, ("Who may command", "later")), running=77)
    telegram(world)
    assert not any("link" in line for line in world.asker.offered["Who may command the bot?"])


def test_a_second_owner_is_added_and_one_can_be_taken_away():
    env = "TELEGRAM__ADMINS=42\n"
    world = tools((TOKEN, ("Who may command", "number"), ("numeric", "77")), text=env)
    telegram(world)
    assert owner(world) == "42,77"
    script = (TOKEN, ("Who may command", "remove"), ("obeys no more", "42"))
    world = tools(script, text="TELEGRAM__ADMINS=42, 77\n")
    telegram(world)
    assert owner(world) == "77"
