"""Pairing over restarts: a code that comes again after it has worked, and guesses that were made before."""

from bot.chat.pairing import MOST_GUESSES
from engine.core.values.control import PairPerson
from tests.bot_chat.chat_fakes import FakeDesk
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.test_chat_pairing import RAVI, invite

DONE = "You are an operator now. All that you may do: /help"


async def test_a_code_that_comes_again_after_a_kill_says_that_he_is_paired():
    desk = FakeDesk()
    desk.words[PairPerson] = DONE
    async with a_chat(desk=desk) as before:
        sent = {"update_id": 7000, "message": before.message(f"/pair {invite(desk)}", user=RAVI)}
        before.server.redeliver(sent)
        assert DONE in (await before.next()).text
    async with a_chat(desk=desk) as after:
        after.server.redeliver(sent)
        answer = await after.next()
        assert DONE in answer.text
        assert "wrong" not in answer.text
    assert len(desk.requests(PairPerson)) == 1
    assert desk.guesses == []


async def test_a_known_persons_wrong_code_is_told_wrong_and_counts():
    desk = FakeDesk()
    desk.refusals[PairPerson] = "That code is wrong, used or expired."
    async with a_chat(desk=desk) as chat:
        answer = await chat.ask("/pair AAAA-BBBB-CCCC")
        assert "That code is wrong" in answer.text
        assert len(desk.guesses) == 1


async def test_guesses_are_kept_and_those_of_before_the_start_count():
    desk = FakeDesk()
    async with a_chat(desk=desk) as chat:
        for _ in range(MOST_GUESSES + 2):
            await chat.say("/pair AAAA-BBBB-CCCC", user=RAVI)
        await chat.quiet()
    assert desk.guesses == [RAVI] * MOST_GUESSES
    desk.guesses_kept = {RAVI: MOST_GUESSES}
    async with a_chat(desk=desk) as chat:
        await chat.say(f"/pair {invite(desk)}", user=RAVI)
        await chat.quiet()
        assert desk.requests(PairPerson) == []
        desk.guesses_kept = {RAVI: MOST_GUESSES - 1}
        await chat.say(f"/pair {invite(desk)}", user=RAVI)
        await chat.next()
        assert len(desk.requests(PairPerson)) == 1
