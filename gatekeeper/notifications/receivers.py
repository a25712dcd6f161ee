"""The receivers of webhooks. Their addresses are secrets, so a message shows only their names."""

import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from shared.errors import SettingsError

MAX_RECEIVERS = 20
"""The most receivers: each has a thread and a label of metrics."""
_SETTING = "GATEKEEPER_WEBHOOKS"
_MAX_HOST = 100
_HASH_DIGITS = 8
_POWER_AUTOMATE = (".logic.azure.com", ".powerplatform.com", ".powerautomate.com")


@dataclass(frozen=True)
class Receiver:
    """One address of GATEKEEPER_WEBHOOKS."""

    name: str
    """Its host, and the beginning of the address's SHA-256."""
    url: str = field(repr=False)
    takes_cards: bool = False
    """Whether it is a workflow of Microsoft Teams, which shows only cards."""


def parse_receivers(text: str) -> tuple[Receiver, ...]:
    """Return the receivers of a value of GATEKEEPER_WEBHOOKS: addresses with commas between them.

    Raises SettingsError. The message does not contain an address.
    """
    urls = [url.strip() for url in text.split(",") if url.strip()]
    if len(urls) > MAX_RECEIVERS:
        raise SettingsError(
            f"{_SETTING} has {len(urls)} addresses; at most {MAX_RECEIVERS} are allowed. "
            "Remove some, or send to one receiver that passes events on."
        )
    receivers = tuple(_parse(number, url) for number, url in enumerate(urls, 1))
    if len({each.url for each in receivers}) < len(receivers):
        raise SettingsError(f"{_SETTING} has the same address twice. Remove one of them.")
    return receivers


def _parse(number: int, url: str) -> Receiver:
    try:
        parts = urlsplit(url)
        host, is_usable = parts.hostname or "", parts.port != 0
    except ValueError:
        host, is_usable = "", False
    is_printable = url.isprintable() and " " not in url
    if not (_is_http(url) and host and is_usable and is_printable and "#" not in url):
        raise SettingsError(
            f"Address {number} of {_SETTING} is malformed: expected a URL such as "
            "https://hooks.example.com/services/1, without spaces and without '#'. "
            "Write a comma in a URL as %2C."
        )
    readable = re.sub(r"[^a-z0-9.-]", "-", host.lower())[:_MAX_HOST].lstrip(".-") or "host"
    digits = hashlib.sha256(url.encode()).hexdigest()[:_HASH_DIGITS]
    return Receiver(f"{readable}-{digits}", url, takes_cards=host.lower().endswith(_POWER_AUTOMATE))


def _is_http(url: str) -> bool:
    """Return whether *url* begins as one of HTTP or HTTPS does."""
    return url.lower().startswith(("https://", "http://"))
