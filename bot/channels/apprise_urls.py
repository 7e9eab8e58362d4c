"""Alerts through Apprise, an optional extra that knows a hundred services by their addresses."""

import importlib
import importlib.util
import logging
import warnings
from collections.abc import Iterable
from functools import partial
from typing import Any

from typing_extensions import override

from bot.channels.channel import AlertText, Channel, NotSent, Sent
from bot.channels.own_thread import OwnThread, StillBusyError
from bot.settings.channels import AppriseSettings
from engine.errors import ConfigError

#: What is said where the extra is missing.
NOT_INSTALLED = "APPRISE__URLS: Apprise is not installed - run in the program's environment: pip install apprise, or remove the key"


def is_installed() -> bool:
    """Return whether the extra is there; it is not imported for that."""
    return importlib.util.find_spec("apprise") is not None


class AppriseChannel(Channel):
    """Sends each alert to every address; those that have one are not sent it again.

    Args:
        settings: The addresses.

    Raises:
        ConfigError: The extra is not installed, or it does not understand an address.
    """

    name = "apprise"
    title = "Apprise"

    def __init__(self, settings: AppriseSettings) -> None:
        if not is_installed():
            raise ConfigError((NOT_INSTALLED,))
        with warnings.catch_warnings():
            # Its services import modules that later Pythons have dropped; it can do without.
            warnings.simplefilter("ignore")
            known = _understood(settings.urls.reveal().split(","))
        self._services: tuple[Any, ...] = tuple(known)
        self._thread: OwnThread[bool] = OwnThread("apprise")
        self._reached: tuple[str, set[int]] = ("", set())

    @override
    async def send(self, text: AlertText) -> Sent | NotSent:
        if self._reached[0] != text.key:
            self._reached = (text.key, set())
        reached = self._reached[1]
        failed = []
        for number, service in enumerate(self._services, start=1):
            if number in reached:
                continue
            call = partial(service.notify, body=text.body, title=text.headline)
            try:
                taken = await self._thread.call(call)
            except StillBusyError:
                return NotSent(why="a service has not answered the alert before")
            except Exception:  # noqa: BLE001 - a hundred services, and what they raise is theirs
                taken = False
            if taken:
                reached.add(number)
            else:
                failed.append(f"{number} ({service.service_name})")
        if not failed:
            return Sent()
        return NotSent(
            why=f"address {', '.join(failed)} of APPRISE__URLS did not take it - check the address",
            # Apprise says yes or no; a no may have arrived.
            may_have_arrived=True,
        )

    @override
    async def close(self) -> None:
        return


def _understood(urls: Iterable[str]) -> Any:  # noqa: ANN401 - the extra is imported by its name
    apprise: Any = importlib.import_module("apprise")
    # Its lines hold addresses, and what goes wrong is said by us.
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    known = apprise.Apprise()
    for number, url in enumerate(urls, start=1):
        if not known.add(url):
            raise ConfigError(
                (f"APPRISE__URLS: Apprise does not understand address {number} - correct it",)
            )
    return known
