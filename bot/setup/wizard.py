"""The whole conversation: everything in order the first time, a menu from then on."""

from collections.abc import Callable

from bot.settings import table
from bot.setup.account_step import master
from bot.setup.asker import Choice
from bot.setup.channels_step import channels
from bot.setup.follower_step import edit_follower, follower_account, follower_rules, new_follower
from bot.setup.in_words import amount, follower_line, is_on
from bot.setup.questions import Question, ask
from bot.setup.second_factor_step import second_factor
from bot.setup.telegram_step import telegram
from bot.setup.tools import Tools

_TOGETHER = Question(
    key=table.MAX_DAILY_LOSS,
    ask="Most all followers together may lose in a day, rupees",
    example="20000",
    optional=True,
    amount=True,
)
_ACCOUNT = ("USER_ID", "API_KEY", "API_SECRET")
_WRITE, _LEAVE = "write", "leave"


def complete(tools: Tools) -> bool:
    """Ask for everything that is missing; return whether it is to be written."""
    draft = tools.draft
    draft.drop_empty_followers()
    if not _has(tools, table.TELEGRAM_BOT_TOKEN.name, table.TELEGRAM_ADMINS.name):
        telegram(tools)
    if not _has(tools, *(f"MASTER__{one}" for one in _ACCOUNT)):
        master(tools)
    known = draft.followers()
    for written in known:
        if not _has(tools, *(f"FOLLOWERS__{written}__{one}" for one in _ACCOUNT)):
            tools.asker.heading(f"The follower {written.lower()}")
            edit_follower(tools, written)
    if not known:
        tools.asker.heading("The followers: the accounts that get copies")
        tools.asker.say("Each needs an app of its own too; the free type, Personal, will do.")
        new_follower(tools)
    while tools.asker.agree("Add another follower?", default=False):
        new_follower(tools)
    if len(draft.followers()) > 1 and not _has(tools, table.MAX_DAILY_LOSS.name):
        _together(tools)
    if not _has(tools, table.TOTP_SECRET.name):
        second_factor(tools)
    channels(tools)
    return edit(tools)


def _has(tools: Tools, *names: str) -> bool:
    """Return whether every one of these keys has a text that can be read."""
    return all(tools.draft.plain(name) for name in names)


def edit(tools: Tools) -> bool:
    """Offer every part until the person is done; return whether it is to be written."""
    steps: dict[str, Callable[[Tools], None]] = {
        "master": master,
        "followers": followers,
        "telegram": telegram,
        "second": second_factor,
        "channels": channels,
        "together": _together,
        "seal": lambda world: world.draft.seal_again(),
    }
    while True:
        _show(tools)
        chosen = tools.asker.choose("What now?", _menu(tools), _WRITE)
        if chosen == _WRITE:
            return bool(tools.draft.changes)
        if chosen == _LEAVE:
            return False
        steps[chosen](tools)


def _menu(tools: Tools) -> list[Choice]:
    draft = tools.draft
    changed = bool(draft.changes)
    found = [
        Choice(value=_WRITE, text="Write it and finish" if changed else "Finish: nothing to write"),
        Choice(value="master", text="Change the master account"),
        Choice(value="followers", text="Add, change, switch off or remove a follower"),
        Choice(value="telegram", text="Change the bot or its owner"),
        Choice(value="second", text="Change the second factor"),
        Choice(value="channels", text="Change alerts besides Telegram"),
        Choice(value="together", text="Change the loss limit over all followers"),
    ]
    if draft.plain_secrets():
        found.insert(1, Choice(value="seal", text="Encrypt the secrets that stand in plain text"))
    if changed:
        found.append(Choice(value=_LEAVE, text="Leave without writing anything"))
    return found


def followers(tools: Tools) -> None:
    """Offer what can be done with the followers."""
    asker, draft = tools.asker, tools.draft
    choices = [Choice(value="", text="Add a follower")]
    for written in draft.followers():
        off = "" if is_on(draft, written) else ", off"
        user_id = draft.written(f"FOLLOWERS__{written}__USER_ID") or "no client id"
        choices.append(Choice(value=written, text=f"{written.lower()} ({user_id}{off})"))
    choices.append(Choice(value="-", text="Back"))
    chosen = asker.choose("Which follower?", choices, choices[0].value)
    if chosen == "":
        new_follower(tools)
    elif chosen != "-":
        _one_follower(tools, chosen)


def _one_follower(tools: Tools, written: str) -> None:
    asker, draft, name = tools.asker, tools.draft, written.lower()
    gets_copies = is_on(draft, written)
    enabled = f"FOLLOWERS__{written}__ENABLED"
    chosen = asker.choose(
        f"What about {name}?",
        [
            Choice(value="rules", text="Change its size or limits"),
            Choice(value="account", text="Change its account or app"),
            Choice(value="switch", text="Switch it off" if gets_copies else "Switch it on again"),
            Choice(value="remove", text="Remove it"),
            Choice(value="back", text="Back"),
        ],
        "rules",
    )
    if chosen == "rules":
        follower_rules(tools, written)
    elif chosen == "account":
        follower_account(tools, written)
    elif chosen == "switch" and gets_copies:
        draft.put(enabled, "false")
        asker.good(f"{name} gets no new positions; what it holds is still closed with yours.")
    elif chosen == "switch":
        draft.drop(enabled)
        asker.good(f"{name} gets copies again.")
    elif chosen == "remove" and _removal_is_meant(tools, name):
        draft.drop_all(f"FOLLOWERS__{written}__")
        asker.good(f"{name} is removed.")


def _removal_is_meant(tools: Tools, name: str) -> bool:
    tools.asker.say(
        f"{name} gets nothing new; copied positions that are left are still closed with yours."
        if tools.running is not None
        # The instance that runs keeps the account until it is flat; here nobody would.
        else f"copytrader does not run now: if {name} still holds copied positions, switch it off"
        " instead, for after the next start nobody would close them with yours."
    )
    return tools.asker.agree(f"Remove {name}?", default=False)


def _together(tools: Tools) -> None:
    name = table.MAX_DAILY_LOSS.name
    tools.draft.put(name, ask(tools.asker, _TOGETHER, old=tools.draft.written(name)))


def _show(tools: Tools) -> None:
    """Show in a few lines what is set and what is missing."""
    asker, draft = tools.asker, tools.draft
    asker.heading("What is set")
    missing = "missing"
    asker.say(f"Master: {draft.written('MASTER__USER_ID') or missing}")
    names = [follower_line(draft, written) for written in draft.followers()]
    asker.say(f"Followers: {'; '.join(names) or 'none'}")
    if limit := draft.written(table.MAX_DAILY_LOSS.name):
        asker.say(f"All followers together may lose {amount(limit)} a day")
    bot = "bot token set" if draft.written(table.TELEGRAM_BOT_TOKEN.name) else "bot token missing"
    asker.say(f"Telegram: {bot}, owner {draft.written(table.TELEGRAM_ADMINS.name) or missing}")
    factor = "set" if draft.written(table.TOTP_SECRET.name) else "missing (paper trading only)"
    asker.say(f"Second factor: {factor}")
