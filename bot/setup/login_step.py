"""One login at Kite, on request: it proves that client id, api_key and api_secret belong together."""

from bot.settings import AccountSettings
from bot.setup.questions import spoken
from bot.setup.tools import Tools
from engine.core.values.market import AccountName
from engine.core.values.secrets import Secret
from engine.errors import CopyTraderError


def prove_by_login(tools: Tools, prefix: str) -> None:
    """Offer the login and tell what came of it; the answers stay as they are either way.

    Not while an instance runs: a second session of an app ends its first.

    Args:
        tools: The wizard's world.
        prefix: Of the account's keys in the env file.
    """
    asker, login = tools.asker, tools.login
    if login is None or not asker.agree("Log in to Kite once now, to prove them?", default=False):
        return
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
            return
        try:
            owner = login.owner(account, pasted)
        except CopyTraderError as error:
            asker.bad(spoken(str(error)))
            continue
        if owner == account.user_id:
            asker.good(f"Kite let {owner} in: id, key and secret belong together.")
            return
        asker.bad(f"That was the login of {owner}, not of {account.user_id}. Log out there first.")
