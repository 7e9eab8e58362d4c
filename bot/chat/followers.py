"""Finds the account a person named."""

from difflib import get_close_matches

from bot.chat.cockpit import Cockpit
from bot.chat.incoming import Incoming
from bot.chat.spoken import quoted
from engine.core.values.market import MASTER, AccountName


def named_account(cockpit: Cockpit, ask: Incoming) -> AccountName | None:
    """Return the account named by the first argument; otherwise answer what is known.

    A name or a Kite client id, whatever the case. Nothing is guessed: a near miss is suggested.
    """
    return _find(cockpit, ask, {str(a.name): a.name for a in cockpit.desk.status().accounts})


def named_follower(cockpit: Cockpit, ask: Incoming) -> AccountName | None:
    """Return the follower named by the first argument; otherwise answer what is known."""
    accounts = cockpit.desk.status().accounts
    return _find(cockpit, ask, {str(a.name): a.name for a in accounts if a.name != MASTER})


def find_account(cockpit: Cockpit, ask: Incoming, word: str, *, example: str) -> AccountName | None:
    """Return the account of a word that is not the first argument; otherwise answer what is known.

    Args:
        cockpit: Knows the accounts.
        ask: What is answered.
        word: A name or a Kite client id.
        example: The command up to the word, for a suggestion.
    """
    names = {str(a.name): a.name for a in cockpit.desk.status().accounts}
    return _match(cockpit, ask, names, word, command=example)


def _find(cockpit: Cockpit, ask: Incoming, names: dict[str, AccountName]) -> AccountName | None:
    command = ask.text.split(maxsplit=1)[0]
    if not ask.args:
        known = ", ".join(names) or "none"
        example = next(iter(names), "name")
        cockpit.tell(ask, f"which account? For example: {command} {example}\nKnown: {known}")
        return None
    return _match(cockpit, ask, names, ask.args[0], command=command)


def _match(
    cockpit: Cockpit, ask: Incoming, names: dict[str, AccountName], word: str, *, command: str
) -> AccountName | None:
    known = ", ".join(names) or "none"
    wanted = word.lower()
    if wanted in names:
        return names[wanted]
    for view in cockpit.desk.status().accounts:
        if view.user_id.lower() == wanted and str(view.name) in names:
            return view.name
    if _is_master(cockpit, wanted):
        text = "the master is only watched, nothing is copied to it. To stop all entries: /stop"
        cockpit.tell(ask, f"{text}\nFollowers: {known}")
        return None
    near = get_close_matches(wanted, names, n=1)
    hint = f" Did you mean {command} {near[0]}?" if near else ""
    cockpit.tell(ask, f"no account is called {quoted(word)}.{hint}\nKnown: {known}")
    return None


def _is_master(cockpit: Cockpit, wanted: str) -> bool:
    """Return whether a word that is none of the wanted accounts names the master."""
    accounts = cockpit.desk.status().accounts
    user_ids = {view.user_id.lower() for view in accounts if view.name == MASTER}
    return wanted == MASTER or wanted in user_ids
