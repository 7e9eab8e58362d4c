"""/set: what can be set, what a value is now, and its change: old → new, with a code where LIVE gets looser."""

from dataclasses import dataclass, replace
from difflib import get_close_matches

from bot.chat import render_settings
from bot.chat.arming import Arming
from bot.chat.cockpit import Cockpit
from bot.chat.followers import find_account
from bot.chat.incoming import Incoming
from bot.chat.spoken import quoted
from bot.settings.chosen import SETTINGS, checked
from engine.core.state.chosen import ALL
from engine.core.values.control import ChangeSetting
from engine.core.values.market import MASTER, AccountName, Venue
from engine.core.values.settable import OF_FOLLOWER, TOTAL_LOSS, TOTAL_LOSS_EXAMPLE

_PREFIX = "FOLLOWERS__"
#: Goes back to what the settings say.
_BACK = frozenset({"default", ".env", "reset"})
_MAKING_SURE = "Send what it shall be, for example:"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a message asks for; ``account`` is a person's word, empty where none was given."""

    account: str
    key: str
    value: str


class SetCommand:
    """The handler of /set.

    Args:
        cockpit: What handlers may use.
        arming: Asks for a code where LIVE gets looser.
    """

    def __init__(self, cockpit: Cockpit, arming: Arming) -> None:
        self._cockpit = cockpit
        self._arming = arming

    async def set(self, ask: Incoming) -> None:
        """List what can be set, show one value, or change it."""
        words = ask.text.replace("=", " ", 1).split()[1:]
        if not words:
            html = render_settings.settable(
                self._cockpit.venue,
                asks_for_codes=self._cockpit.settings.require_totp,
                now=self._cockpit.now,
            )
            self._cockpit.say(ask, html)
            return
        accounts = self._cockpit.desk.status().accounts
        known = {word.lower() for each in accounts for word in (each.name, each.user_id)}
        wanted = _read(words, known)
        if wanted.key:
            await self._one(ask, wanted)
        else:
            self._all_of(ask, wanted.account)

    async def _one(self, ask: Incoming, wanted: _Wanted) -> None:
        if wanted.key not in SETTINGS:
            self._no_such_key(ask, wanted)
            return
        follower = self._whose(ask, wanted)
        if follower is None:
            return
        if not wanted.value:
            self._show(ask, follower, wanted.key)
            return
        text: str | None = None
        if wanted.value.lower() not in _BACK:
            try:
                text = checked(wanted.key, wanted.value)
            except ValueError as error:
                self._cockpit.tell(ask, f"{wanted.key}: {error}", mark="⚠️")
                return
        await self._change(ask, follower, wanted.key, text)

    async def _change(
        self, ask: Incoming, follower: AccountName, key: str, text: str | None
    ) -> None:
        cockpit = self._cockpit
        change = cockpit.desk.proposed_setting(follower, key, text)
        name = f"{follower} {key}".strip()
        if change is None:
            cockpit.tell(ask, f"{name} cannot be set here. What can: /set", mark="⚠️")
            return
        if change.old == change.new:
            cockpit.tell(ask, f"{name} is {change.new} already.")
            return

        async def go(proved: Incoming) -> None:
            request = ChangeSetting(follower=follower, key=key, text=text, was=change.old)
            reply = await cockpit.request(proved, request)
            cockpit.tell_reply(proved, reply, "What counts now: /limits")

        if change.looser and cockpit.venue is Venue.LIVE:
            what = f"set {name}: {change.old} → {change.new}, which is looser"
            again = f"/set {name} {text or 'default'}"
            await self._arming.before_adding_risk(replace(ask, text=again), what, go)
        else:
            await go(ask)

    def _whose(self, ask: Incoming, wanted: _Wanted) -> AccountName | None:
        """Return whose value it is; where that is not said, the only follower's."""
        if wanted.key == TOTAL_LOSS:
            return ALL
        cockpit = self._cockpit
        if wanted.account:
            found = find_account(cockpit, ask, wanted.account, example="/set")
            if found == MASTER:
                cockpit.tell(ask, "the master is only watched: nothing of it can be set.")
                return None
            return found
        names = [each.name for each in cockpit.desk.status().accounts if each.name != MASTER]
        if len(names) == 1:
            return names[0]
        example = f"/set {names[0] if names else 'name'} {wanted.key} {_example(wanted.key)}"
        cockpit.tell(ask, f"of which account? For example: {example}\nKnown: {', '.join(names)}")
        return None

    def _show(self, ask: Incoming, follower: AccountName, key: str) -> None:
        lines = self._cockpit.desk.setting_lines(follower)
        line = next((each for each in lines if each.key == key), None)
        if line is None:
            self._cockpit.tell(ask, f"there is no {key} of {follower or 'all followers'}.")
            return
        name = f"{follower} {key}".strip()
        said = " (by /set)" if line.chosen else ""
        more = [f"{name} is {line.value}{said}. {SETTINGS[key].help}"]
        more += [f"{_MAKING_SURE} /set {name} {_example(key)}"]
        more += [f"Back to {line.by_env} of the settings: /set {name} default"] * line.chosen
        self._cockpit.tell(ask, "\n".join(more))

    def _all_of(self, ask: Incoming, word: str) -> None:
        follower = find_account(self._cockpit, ask, word, example="/set")
        if follower is None:
            return
        lines = self._cockpit.desk.setting_lines(follower)
        cockpit = self._cockpit
        html = render_settings.values(cockpit.venue, follower, lines, now=cockpit.now)
        cockpit.say(ask, html)

    def _no_such_key(self, ask: Incoming, wanted: _Wanted) -> None:
        near = get_close_matches(wanted.key, SETTINGS, n=1, cutoff=0.5)
        hint = ""
        if near:
            whose = f"{wanted.account} ".lstrip()
            value = wanted.value if _is_good(near[0], wanted.value) else _example(near[0])
            hint = f" Did you mean /set {whose}{near[0]} {value}?"
        self._cockpit.tell(
            ask, f"{quoted(wanted.key)} cannot be set here.{hint}\nWhat can be set: /set"
        )


def _read(words: list[str], accounts: set[str]) -> _Wanted:
    """Read ``acct KEY value``, ``KEY acct value``, ``KEY value`` or a key as in the settings.

    Args:
        words: What was typed after the command, at least one.
        accounts: Names and client ids, in lower case.
    """
    first, rest = _key(words[0]), words[1:]
    if first.startswith(_PREFIX) and "__" in first.removeprefix(_PREFIX):
        account, key = first.removeprefix(_PREFIX).split("__", 1)
        return _Wanted(account=account.lower(), key=key, value=" ".join(rest))
    names_account = words[0].lower() in accounts or (bool(rest) and _key(rest[0]) in SETTINGS)
    if first not in SETTINGS and names_account:
        key = _key(rest[0]) if rest else ""
        return _Wanted(account=words[0], key=key, value=" ".join(rest[1:]))
    account = ""
    if len(rest) > 1 and rest[0].lower() in accounts:
        account, rest = rest[0], rest[1:]
    return _Wanted(account=account, key=first, value=" ".join(rest))


def _key(word: str) -> str:
    return word.upper().replace("-", "_")


def _is_good(key: str, value: str) -> bool:
    """Return whether a value may be said back: what is none of this key may be a secret."""
    try:
        checked(key, value)
    except ValueError:
        return False
    return value != ""


def _example(key: str) -> str:
    return TOTAL_LOSS_EXAMPLE if key == TOTAL_LOSS else OF_FOLLOWER[key].example
