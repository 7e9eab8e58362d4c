"""Alerts by e-mail."""

import contextlib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib
from typing_extensions import override

from bot.channels.channel import AlertText, Channel, NotSent, Sent
from bot.settings.addresses import is_loopback
from bot.settings.channels import EmailSettings
from engine.clock import Clock

#: Seconds for each step of a delivery: mail servers may take their time to greet (RFC 5321, 4.5.3.2,
#: would have it minutes; an alert is tried again instead).
STEP_S = 15.0
GOODBYE_S = 2.0


class MailChannel(Channel):
    """Sends each alert as one message to everybody, by a new connection each time.

    Args:
        settings: Server and addresses.
        clock: Stamps the messages.
        tls: How certificates are judged; None: by the system's authorities.
    """

    name = "email"
    title = "E-mail"

    def __init__(
        self, settings: EmailSettings, clock: Clock, *, tls: ssl.SSLContext | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._tls = tls

    @override
    async def send(self, text: AlertText) -> Sent | NotSent:
        begun = False
        smtp = aiosmtplib.SMTP(
            hostname=self._settings.host,
            port=self._settings.port,
            use_tls=self._settings.tls,
            # None: STARTTLS where the server offers it; a certificate that is not right ends it.
            start_tls=False if self._settings.tls else None,
            tls_context=self._tls,
            timeout=STEP_S,
        )
        try:
            await smtp.connect()
            if refused := await self._log_in(smtp):
                return refused
            begun = True
            refusals, _ = await smtp.send_message(self._message(text))
            # It is taken. Whoever is slow to say goodbye is not waited for.
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await smtp.quit(timeout=GOODBYE_S)
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
            return self._failed(error, begun=begun)
        finally:
            smtp.close()
        if refusals:
            return Sent(but=f"the mail server refuses {', '.join(refusals)} - correct EMAIL__TO")
        return Sent()

    @override
    async def close(self) -> None:
        return

    async def _log_in(self, smtp: aiosmtplib.SMTP) -> NotSent | None:
        settings = self._settings
        if not settings.user:
            return None
        if smtp.get_transport_info("sslcontext") is None and not is_loopback(settings.host):
            # Whoever stands between could have taken the offer of STARTTLS out.
            return NotSent(
                why=f"{settings.host}:{settings.port} offers no encryption, so the password is kept"
                " back - use smtps:// in EMAIL__SMTP_URL, usually with port 465",
                lasting=True,
            )
        await smtp.login(settings.user, settings.password.reveal())
        return None

    def _message(self, text: AlertText) -> EmailMessage:
        settings = self._settings
        message = EmailMessage()
        message["From"] = settings.sender
        message["To"] = ", ".join(settings.to)
        message["Subject"] = text.headline
        message["Date"] = format_datetime(self._clock.now())
        # The same at every attempt: mail programs show a message that came twice once.
        domain = settings.sender.rpartition("@")[2]
        message["Message-ID"] = f"<alert.{text.key}.kitecopytrader@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text.body)
        return message

    def _failed(  # noqa: PLR0911 - one row a failure
        self, error: Exception, *, begun: bool
    ) -> NotSent:
        """Put a failure into words of ours: a server's may quote what it was sent."""
        server = f"{self._settings.host}:{self._settings.port}"
        if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
            why = f"the certificate or encryption of {server} is not right - check EMAIL__SMTP_URL"
            return NotSent(why=why, lasting=True)
        match error:
            case aiosmtplib.SMTPAuthenticationError(code=code):
                mend = "correct user and password in EMAIL__SMTP_URL; Gmail wants an app password"
                return NotSent(
                    why=f"the mail server refuses user or password ({code}) - {mend}",
                    lasting=code >= 500,
                )
            case aiosmtplib.SMTPNotSupported():
                why = f"{server} takes no passwords over this connection - see EMAIL__SMTP_URL"
                return NotSent(why=why, lasting=True)
            case aiosmtplib.SMTPSenderRefused(code=code):
                why = f"the mail server refuses the sender ({code}) - correct EMAIL__FROM"
                return NotSent(why=why, lasting=code >= 500)
            case aiosmtplib.SMTPRecipientsRefused(recipients=refused):
                why = "the mail server refuses every receiver - correct EMAIL__TO"
                return NotSent(why=why, lasting=any(one.code >= 500 for one in refused))
            case aiosmtplib.SMTPConnectError() | aiosmtplib.SMTPConnectTimeoutError():
                return NotSent(why=f"the mail server {server} is not reached")
            case aiosmtplib.SMTPResponseException(code=code):
                return NotSent(why=f"the mail server refuses the message ({code})")
            case _:
                why = f"the mail server {server} broke off"
                return NotSent(why=why, may_have_arrived=begun)
