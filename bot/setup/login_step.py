"""One login at Kite, on request: it proves that client id, api_key and api_secret belong together."""

from bot.settings.settings import AccountSettings
from bot.setup.questions import spoken
from bot.setup.tools import Tools
from engine.core.values.market import AccountName
from engine.core.values.secrets import Secret
from engine.errors import CopyTraderError, LoginRefused


def refused_by_kite(tools: Tools, prefix: str, *, again: bool) -> bool:
    """Offer the login, tell what came of it, and return whether Kite refused key or secret.

    The answers stay as they are; where it returns True the caller asks for both again.

    Not while an instance runs: a second session of an app ends its first.

    Args:
        tools: The wizard's world.
        prefix: Of the account's keys in the env file.
        again: Whether it was refused before: Enter alone then means yes.
    """
    asker, login = tools.asker, tools.login
    if login is None or not asker.agree("Log in to Kite once now, to prove them?", default=again):
        return False
    account = AccountSettings(
        name=AccountName(prefix.strip("_").rpartition("__")[2].lower()),
        user_id=tools.draft.written(f"{prefix}USER_ID"),
        api_key=tools.draft.written(f"{prefix}API_KEY"),
        api_secret=Secret(tools.draft.plain(f"{prefix}API_SECRET")),
    )
    asker.say(
        f"Open this, log in as {account.user_id}, and copy the address of the page you land on; that"
        " the page itself does not load is all right:"
    )
    while True:
        asker.copyable(login.page(account))
        pasted = asker.text("The address you landed on (Enter: leave it):")
        if not pasted:
            return False
        try:
            owner = login.owner(account, pasted)
        except LoginRefused as error:
            asker.bad(f"{spoken(str(error))} Look at both again; Enter keeps what is right.")
            return True
        except CopyTraderError as error:
            asker.bad(spoken(str(error)))
            continue
        if owner == account.user_id:
            asker.good(f"Kite let {owner} in: id, key and secret belong together.")
            return False
        asker.bad(f"That was the login of {owner}, not of {account.user_id}. Log out there first.")
