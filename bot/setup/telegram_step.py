"""The part about Telegram: the bot's token, and who its owner is."""

from bot.chat.pairing_code import digest_of, new_code
from bot.settings import table
from bot.settings.parsers import telegram_id
from bot.setup.asker import Choice
from bot.setup.pairing import Person, link_for, wait_for_owner
from bot.setup.questions import Question, ask, sentence, spoken
from bot.setup.telegram_api import BotApi, TelegramSilentError, TokenInUseError, TokenRefusedError
from bot.setup.tools import Tools
from engine.core.values.secrets import Secret
from engine.errors import CopyTraderError

TOKEN = Question(
    key=table.TELEGRAM_BOT_TOKEN, ask="Bot token", example="123456789:AAH...", default=""
)
_TOKEN_KEY = table.TELEGRAM_BOT_TOKEN.name
_ADMINS_KEY = table.TELEGRAM_ADMINS.name


def telegram(tools: Tools) -> None:
    """Ask for the token and the owner."""
    asker = tools.asker
    asker.heading("Telegram: where you steer it and where it reports")
    if not tools.draft.written(_TOKEN_KEY):
        asker.say(
            "You need a bot of your own. In Telegram open @BotFather, send /newbot, choose any name;"
            " it answers with a token. Use this bot for nothing else."
        )
    api, name = _bot(tools)
    _owner(tools, api, name)


def _bot(tools: Tools) -> tuple[BotApi | None, str]:
    """Ask for the token until Telegram knows it; None where it could not be asked."""
    draft, asker = tools.draft, tools.asker
    while True:
        old = draft.plain(_TOKEN_KEY)
        token = ask(asker, TOKEN, old=old)
        if not tools.online:
            draft.put(_TOKEN_KEY, token)
            return None, ""
        api = tools.bot_api(Secret(token))
        try:
            name = api.name()
        except TokenRefusedError as error:
            asker.bad(spoken(str(error)))
            continue
        except CopyTraderError as error:
            asker.bad(spoken(str(error)))
            if asker.agree("Keep this token without checking it?", default=False):
                draft.put(_TOKEN_KEY, token)
                return None, ""
            continue
        draft.put(_TOKEN_KEY, token)
        asker.good(f"Your bot is @{name}.")
        return api, name


def _owner(tools: Tools, api: BotApi | None, name: str) -> None:
    """Ask who commands the bot: by a link, or by the number."""
    draft, asker = tools.draft, tools.asker
    known = draft.written(_ADMINS_KEY)
    choices = [
        Choice(value="link", text="Pair my Telegram by a link or QR code"),
        Choice(value="number", text="Type my numeric Telegram id"),
    ]
    if tools.running is not None:
        asker.say(
            "While copytrader runs it reads the bot's messages itself: let people in by: copytrader pair owner"
        )
    if tools.running is not None or api is None:
        del choices[0]
    if known:
        choices = [Choice(value=one.value, text=f"{one.text}, too") for one in choices]
        choices.insert(0, Choice(value="keep", text=f"Keep it as it is ({known})"))
        if "," in known:
            choices.append(Choice(value="remove", text="Take an owner away"))
    else:
        choices.append(Choice(value="later", text="Later (until then the bot obeys nobody)"))
    while True:
        way = asker.choose("Who may command the bot?", choices, choices[0].value)
        if way == "remove":
            _take_away(tools, known)
        if way in {"keep", "later", "remove"}:
            return
        person = _by_link(tools, api, name) if way == "link" and api else _by_number(tools)
        if person is None:
            continue
        draft.put(_ADMINS_KEY, _added(known, person.id) if known else str(person.id))
        asker.good(
            f"Owner: {person.name} (id {person.id})." if person.name else f"Owner: id {person.id}."
        )
        return


def _by_link(tools: Tools, api: BotApi, name: str) -> Person | None:
    asker = tools.asker
    code = new_code()
    link = link_for(name, code)
    asker.say("Open this link on your phone, or scan the code, and press START in the chat:")
    asker.copyable(link)
    asker.qr(link)
    asker.say(f"If the link does not open, find the bot @{name} in Telegram and send it:")
    asker.copyable(f"/start {code}")
    try:
        with asker.waiting("Waiting for you in Telegram. Enter: do it another way.") as gave_up:
            person = wait_for_owner(
                api,
                digest_of(code),
                gave_up=gave_up,
                monotonic=tools.monotonic,
                pause=tools.pause,
                silent=lambda: asker.say("Telegram does not answer at the moment; still trying."),
            )
    except (TokenInUseError, TokenRefusedError) as error:
        asker.bad(spoken(str(error)))
        return None
    if person is None:
        asker.say("Not paired yet; this link no longer works.")
        return None
    if not asker.agree(f"{person.name} (id {person.id}) pressed START. Is that you?", default=True):
        return None
    _welcome(tools, api, person)
    return person


def _welcome(tools: Tools, api: BotApi, person: Person) -> None:
    """Answer on the phone, so that both ends show that it worked."""
    try:
        # A machine that is being set up is in PAPER: nothing else says otherwise yet.
        api.tell(
            person.id, f"PAPER You are the owner now. Finish the setup. {tools.now():%H:%M} IST"
        )
    except (TelegramSilentError, TokenInUseError, TokenRefusedError):
        tools.asker.say("(Telegram took no answer; that does not matter.)")


def _by_number(tools: Tools) -> Person | None:
    asker = tools.asker
    asker.say("It is a number, not the @name; the bot @userinfobot tells you yours.")
    while True:
        typed = asker.text("Your numeric Telegram id (e.g. 123456789; Enter: back):")
        if not typed:
            return None
        try:
            return Person(id=telegram_id(typed), name="")
        except ValueError as error:
            asker.bad(sentence(str(error)))


def _take_away(tools: Tools, known: str) -> None:
    ids = [one.strip() for one in known.split(",") if one.strip()]
    choices = [Choice(value=one, text=one) for one in ids]
    gone = tools.asker.choose("Which id obeys no more?", choices, ids[-1])
    tools.draft.put(_ADMINS_KEY, ",".join(one for one in ids if one != gone))
    tools.asker.good(f"The bot no longer obeys {gone}.")


def _added(known: str, number: int) -> str:
    ids = [one.strip() for one in known.split(",") if one.strip()]
    return ",".join(dict.fromkeys([*ids, str(number)]))
