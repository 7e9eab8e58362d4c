"""/people: who may speak to the bot, a code for another, and sending somebody away."""

from bot.chat import render
from bot.chat.arming import Arming
from bot.chat.cockpit import Cockpit
from bot.chat.html_text import escape, table
from bot.chat.incoming import Incoming
from bot.chat.message import Buttons, read_rows
from bot.chat.pairing_code import digest_of, new_code
from bot.chat.prompts import Choice
from bot.chat.render_tables import hanging
from bot.chat.spoken import quoted
from engine.core.values.control import InvitePerson, RevokePerson
from engine.core.values.market import MASTER, AccountName
from engine.core.values.people import PersonView, Role

_HOW = "/people lists everybody. /people invite operator, /people invite follower NAME, /people revoke ID"
#: Owners are let in on the server alone: whoever holds an owner's phone for a minute adds no other.
_INVITABLE = (Role.OPERATOR, Role.FOLLOWER)


class LettingIn:
    """Handlers of /people.

    Args:
        cockpit: What handlers may use.
        arming: Asks for a code before somebody is let in.
    """

    def __init__(self, cockpit: Cockpit, arming: Arming) -> None:
        self._cockpit = cockpit
        self._arming = arming

    async def people(self, ask: Incoming) -> None:
        """List everybody, or begin to invite or to revoke somebody."""
        word, *more = ask.args or ("",)
        match word.lower():
            case "":
                self._list(ask)
            case "invite":
                await self._invite(ask, more)
            case "revoke":
                self._revoke(ask, more)
            case _:
                self._cockpit.tell(ask, _HOW)

    def _list(self, ask: Incoming) -> None:
        cockpit = self._cockpit
        found = cockpit.desk.people()
        lines: list[str] = []
        for user_id in sorted(cockpit.settings.admins):
            lines += hanging("", f"owner · id {user_id} (.env)")
        for each in found:
            lines += hanging("", f"{each.name} · {_as_what(each)}")
            lines += hanging("  ", f"id {each.user_id}, {each.paired_at:%d %b %H:%M}, by {each.by}")
        rows: Buttons = read_rows("Invite operator", "people invite operator")
        for name in self._followers():
            rows += read_rows(f"Invite follower of {name}", f"people invite follower {name}")
        for each in found:
            # Two people may have one name.
            label = f"Revoke {each.name[:20]} ({each.user_id})"
            rows += read_rows(label, f"people revoke {each.user_id}")
        head = render.headed(cockpit.venue, "people of this bot")
        more = "Owners are let in on the server: <code>copytrader pair owner</code>"
        html = f"{head}\n{table(lines)}\n{more}\n{render.footer(cockpit.now)}"
        cockpit.say(ask, html, buttons=rows)

    async def _invite(self, ask: Incoming, words: list[str]) -> None:
        cockpit = self._cockpit
        role = next((each for each in _INVITABLE if words and words[0].lower() == each), None)
        if role is None:
            cockpit.tell(ask, f"invite whom? {_HOW}")
            return
        follower: AccountName | None = None
        if role is Role.FOLLOWER:
            known = self._followers()
            wanted = words[1].lower() if len(words) > 1 else ""
            follower = next((each for each in known if each == wanted), None)
            if follower is None:
                names = ", ".join(known) or "none"
                cockpit.tell(
                    ask, f"whose account may he see? {names}\nFor example: {_example(known)}"
                )
                return
        what = f"let one {role} in" if follower is None else f"let one follower of {follower} in"

        async def go(confirmed: Incoming) -> None:
            await self._invited(confirmed, role, follower)

        await self._arming.before_adding_person(ask, what, go)

    async def _invited(self, ask: Incoming, role: Role, follower: AccountName | None) -> None:
        cockpit = self._cockpit
        code = new_code()
        request = InvitePerson(digest=digest_of(code), role=role, follower=follower)
        reply = await cockpit.request(ask, request)
        if not reply.accepted or reply.duplicate:
            cockpit.tell_reply(ask, reply)
            return
        name = cockpit.bot_name()
        link = f"\nOr he opens: https://t.me/{escape(name)}?start={code}" if name else ""
        head = render.headed(cockpit.venue, reply.text, mark="🟢")
        how = f"He opens this bot and sends:\n<code>/pair {code}</code>{link}"
        cockpit.say(ask, f"{head}\n{how}\n{render.footer(cockpit.now, op=reply.op)}")

    def _revoke(self, ask: Incoming, words: list[str]) -> None:
        cockpit = self._cockpit
        found = {str(each.user_id): each for each in cockpit.desk.people()}
        person = found.get(words[0]) if words else None
        if person is None:
            said = f"nobody with the id {quoted(words[0])} is paired. " if words else ""
            cockpit.tell(ask, f"{said}/people shows the ids, with a button for each.")
            return

        async def go(confirmed: Incoming) -> None:
            reply = await cockpit.request(confirmed, RevokePerson(user_id=person.user_id))
            cockpit.tell_reply(confirmed, reply)
            cockpit.person_changed(person.user_id)

        buttons = cockpit.prompts.ask(ask.by.user_id, (Choice(label="Confirm revoke", action=go),))
        text = (
            f"hear {person.name} ({_as_what(person)}, id {person.user_id}) no more? Good for 60 s."
        )
        cockpit.tell(ask, text, buttons=buttons)

    def _followers(self) -> list[AccountName]:
        accounts = self._cockpit.desk.status().accounts
        return [each.name for each in accounts if each.name != MASTER]


def _as_what(person: PersonView) -> str:
    if person.role is not Role.FOLLOWER:
        return str(person.role)
    return f"follower of {person.account or f'{person.account_id} (not configured any more)'}"


def _example(known: list[AccountName]) -> str:
    return f"/people invite follower {known[0] if known else 'NAME'}"
