"""The part about second ways for alerts, for the day on which Telegram is down."""

from urllib.parse import quote

from bot.settings import table_channels as table
from bot.settings.addresses import host_port
from bot.setup.asker import Choice
from bot.setup.questions import Question, ask
from bot.setup.tools import Tools

_EMAIL = (table.EMAIL_SMTP_URL, table.EMAIL_FROM, table.EMAIL_TO)
_WHATSAPP = (
    Question(key=table.WHATSAPP_TWILIO_SID, ask="Twilio account SID", example="AC..."),
    Question(key=table.WHATSAPP_TWILIO_TOKEN, ask="Twilio auth token"),
    Question(key=table.WHATSAPP_FROM, ask="Twilio's number", example="+14155238886"),
    Question(key=table.WHATSAPP_TO, ask="Your WhatsApp number", example="+919812345678"),
)
_DISCORD = (
    Question(
        key=table.DISCORD_WEBHOOK_URL,
        ask="Webhook address, from the channel's settings, Integrations",
    ),
)
_FROM = Question(key=table.EMAIL_FROM, ask="Your e-mail address", example="you@gmail.com")
#: Where mail providers take mail, TLS from the first byte. Source: their own help pages, 2026-11.
_KNOWN_SERVERS = {
    "gmail.com": "smtp.gmail.com:465",
    "googlemail.com": "smtp.gmail.com:465",
    "yahoo.com": "smtp.mail.yahoo.com:465",
    "yahoo.in": "smtp.mail.yahoo.com:465",
    "zoho.in": "smtp.zoho.in:465",
    "zohomail.in": "smtp.zoho.in:465",
}


def channels(tools: Tools) -> None:
    """Offer each channel; most people take none or one."""
    asker = tools.asker
    asker.heading("Alerts besides Telegram (may be left out)")
    while True:
        chosen = asker.choose("A second way for serious alerts?", _offers(tools), "done")
        if chosen == "done":
            return
        if chosen == "email":
            _email(tools)
        else:
            for question in _WHATSAPP if chosen == "whatsapp" else _DISCORD:
                name = question.key.name
                tools.draft.put(name, ask(asker, question, old=tools.draft.plain(name)))
        asker.good("Noted. Try it afterwards with: copytrader notify-test")


def _offers(tools: Tools) -> list[Choice]:
    draft = tools.draft

    def offer(value: str, text: str, key: str) -> Choice:
        return Choice(value=value, text=f"{text} (set)" if draft.written(key) else text)

    is_any = any(
        draft.written(key)
        for key in (
            table.EMAIL_SMTP_URL.name,
            table.WHATSAPP_TWILIO_SID.name,
            table.DISCORD_WEBHOOK_URL.name,
        )
    )
    return [
        Choice(value="done", text="No more" if is_any else "None, Telegram is enough"),
        offer("email", "E-mail", table.EMAIL_SMTP_URL.name),
        offer("whatsapp", "WhatsApp, by Twilio", table.WHATSAPP_TWILIO_SID.name),
        offer("discord", "Discord", table.DISCORD_WEBHOOK_URL.name),
    ]


def _email(tools: Tools) -> None:
    """Put the mail server's address together from what people know."""
    asker, draft = tools.asker, tools.draft
    url_key, from_key, to_key = (key.name for key in _EMAIL)
    sender = ask(asker, _FROM, old=draft.written(from_key))
    host = _server(tools, sender)
    asker.say("Gmail and Yahoo want an app password here, not the password you log in with.")
    while not (password := asker.secret(f"Mail password of {sender}:").replace(" ", "")):
        asker.bad("A password is needed; Ctrl-C stops without writing anything.")
    scheme = "smtps" if host.endswith(":465") else "smtp"
    url = f"{scheme}://{quote(sender, safe='')}:{quote(password, safe='')}@{host}"
    to = ask(
        asker,
        Question(
            key=table.EMAIL_TO, ask="Who gets the alerts", example="you@gmail.com", default=sender
        ),
        old=draft.written(to_key),
    )
    draft.put(url_key, url)
    draft.put(from_key, sender)
    draft.put(to_key, to)


def _server(tools: Tools, sender: str) -> str:
    asker = tools.asker
    usual = _KNOWN_SERVERS.get(sender.rpartition("@")[2].lower(), "")
    hint = f"Enter: {usual}" if usual else "e.g. smtp.example.com:465"
    while True:
        typed = asker.text(f"Mail server and port ({hint}):") or usual
        host = typed if ":" in typed else f"{typed}:465"
        try:
            host_port(host)
        except ValueError:
            asker.bad("Write it as server:port, e.g. smtp.example.com:465.")
        else:
            return host
