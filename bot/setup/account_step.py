"""The part about the master, and what it shares with followers: id, api_key, api_secret."""

import re

from bot.settings import table
from bot.settings.key import SettingKey
from bot.setup.login_step import refused_by_kite
from bot.setup.questions import Question, ask
from bot.setup.tools import Tools
from engine.core.values.market import MASTER

#: What Kite's console shows at present; another shape is only remarked on.
_USUAL_KEY = re.compile(r"[a-z0-9]{16}")
_USUAL_SECRET = re.compile(r"[a-z0-9]{32}")
#: What can stand in the address of Kite's login as a key at all.
_ANY_KEY = re.compile(r"[A-Za-z0-9_-]+")
_USUAL_ID = re.compile(r"[A-Z]{2,3}[0-9]{3,4}")


def master(tools: Tools) -> None:
    """Ask for the account that is watched."""
    asker = tools.asker
    asker.heading("The master: the account you trade in")
    asker.say(
        "At developers.kite.trade make an app for this account (type Connect, redirect URL"
        " https://127.0.0.1) and enter this machine's address there; the app's page shows api_key and"
        " api_secret. Passwords are never asked for here: only you log in."
    )
    account(
        tools,
        "MASTER__",
        id_words="Your Kite client id",
        keys=(table.MASTER_USER_ID, table.MASTER_API_KEY, table.MASTER_API_SECRET),
    )


def account(
    tools: Tools,
    prefix: str,
    *,
    id_words: str,
    keys: tuple[SettingKey[str], SettingKey[str], SettingKey[object]],
) -> None:
    """Ask for one Kite account and its app.

    Args:
        tools: The wizard's world.
        prefix: Of the keys in the env file, ``MASTER__`` or ``FOLLOWERS__NAME__``.
        id_words: How the client id is asked for.
        keys: Rows for user id, api_key and api_secret.
    """
    user_key, api_key, secret_key = keys
    _user_id(
        tools,
        f"{prefix}USER_ID",
        Question(key=user_key, ask=id_words, example="AB1234"),
    )
    again = False
    while True:
        typed = _api_key(tools, f"{prefix}API_KEY", api_key)
        _api_secret(tools, f"{prefix}API_SECRET", secret_key, other_than=typed)
        if not refused_by_kite(tools, prefix, again=again):
            return
        again = True


def _api_key(tools: Tools, name: str, key: SettingKey[str]) -> str:
    """Ask for a key that Kite knows; Enter keeps one that it does not."""
    draft, asker = tools.draft, tools.asker
    question = Question(key=key, ask="api_key of its app", example="abcd1234efgh5678")
    typed, refused = draft.written(name), None
    while True:
        # Asked for again, not "Keep it?": whoever pastes the right key there has said yes by its "y".
        before, typed = typed, ask(asker, question, old=typed)
        if not _ANY_KEY.fullmatch(typed):
            # Not kept for Enter: it would be asked back as if it were one.
            typed = before if _ANY_KEY.fullmatch(before) else ""
            asker.bad("That is no api_key: letters and digits only, no address, no spaces.")
            continue
        fault = tools.kite_key_fault(typed) if tools.online and typed != refused else None
        if fault is None:
            break
        refused = typed
        asker.bad(fault)
    if not _USUAL_KEY.fullmatch(typed):
        asker.say("(Kite's keys usually have 16 small letters and digits - look again.)")
    _remark_on_anothers(tools, name, "API_KEY", typed)
    draft.put(name, typed)
    return typed


def _api_secret(tools: Tools, name: str, key: SettingKey[object], *, other_than: str) -> None:
    """Ask for the secret; the key pasted a second time is not taken for it."""
    draft, asker = tools.draft, tools.asker
    question = Question(key=key, ask="api_secret of its app")
    while True:
        secret = ask(asker, question, old=draft.plain(name))
        if secret != other_than:
            break
        asker.bad("That is the api_key again. The api_secret stands below it, behind a click.")
    if not _USUAL_SECRET.fullmatch(secret):
        asker.say("(Kite's secrets usually have 32 small letters and digits - look again.)")
    _remark_on_anothers(tools, name, "API_SECRET", secret)
    draft.put(name, secret)


def _remark_on_anothers(tools: Tools, name: str, ending: str, typed: str) -> None:
    """Say so where another account has the same: mostly the page of the wrong app was copied from."""
    draft = tools.draft
    prefixes = ("MASTER__", *(f"FOLLOWERS__{written}__" for written in draft.followers()))
    for prefix in prefixes:
        if f"{prefix}{ending}" != name and typed == draft.plain(f"{prefix}{ending}"):
            owner = MASTER if prefix == "MASTER__" else prefix.split("__")[1].lower()
            tools.asker.say(
                f"(That is the {ending.lower()} of {owner} too: each account has an app of its own - look again.)"
            )
            return


def _user_id(tools: Tools, name: str, question: Question) -> None:
    """Ask for a client id that no other account has."""
    draft = tools.draft
    old = draft.written(name)
    while True:
        typed = ask(tools.asker, question, old=old)
        owner = draft.accounts().get(typed)
        if owner is None or typed == old.upper():
            draft.put(name, typed)
            if not _USUAL_ID.fullmatch(typed):
                tools.asker.say("(Client ids usually look like AB1234 - look again.)")
            return
        tools.asker.bad(
            f"{typed} is {'the master' if owner == MASTER else owner} already: each account once."
        )
