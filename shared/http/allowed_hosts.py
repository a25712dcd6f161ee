"""The names at which a service answers: a request for another Host gets status 421.

An attacker's page may let its own name resolve to this machine (DNS rebinding). Its script can then
read the service as if the page came from it. Such a name is in the public DNS. So addresses, and
names that the public DNS does not have, are always allowed. Other names need a setting.
"""

import ipaddress
import re
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from pydantic import Field

from shared.http.refusals import Refusal

ALLOWED_HOSTS = "allowed_hosts"
"""The key of the application's AllowedHosts in the lifespan's state."""
HOSTS_FIELD = Field(
    default="",
    pattern=r"^[A-Za-z0-9._*, -]*$",
    description="Names at which clients reach the service, separated by commas, such as "
    "`models.example.com` or `*.example.com`. A request with another Host header gets status 421. "
    "Addresses, names without a dot, names of this machine and the published address are always "
    "allowed. `*` allows every name.",
)
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".svc")
"""Ends of names that the public DNS does not have: mDNS, Docker and Kubernetes use them."""
_MAX_CACHED = 1024
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]{1,253}))(?::[0-9]{0,5})?")


class AllowedHosts:
    """A list of names, with the refusal of all others."""

    def __init__(self, names: str = "", published: str | None = None, prefix: str = "") -> None:
        """Allow *names*, separated by commas, and the host of the address *published*.

        *prefix* is that of the service's settings, such as `PREDICTOR_`, for the refusal.
        """
        given = [name.strip().lower().rstrip(".") for name in names.split(",") if name.strip()]
        self._allows_all = "*" in given
        self.allows_none = not given
        """Whether a request of HTTP/1.0 may have no Host: no setting names the hosts."""
        self._suffixes = tuple(name[1:] for name in given if name.startswith("*."))
        self._names = {*given, socket.gethostname().lower(), _host_of(published)} - {""}
        self._known: dict[bytes, bool] = {}
        self.refusal = Refusal(
            421,
            "unknown_host",
            "This service does not answer for the Host of this request. Use its own address, or "
            f"add the name to {prefix}ALLOWED_HOSTS.",
        )

    def allows(self, host: bytes) -> bool:
        """Say whether *host*, the value of a Host header, is allowed."""
        known = self._known.get(host)
        if known is None:
            if len(self._known) >= _MAX_CACHED:
                self._known.clear()
            known = self._known[host] = self._judge(host.decode("latin-1"))
        return known

    def _judge(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        if found[1] is not None:
            return _is_address(found[1])
        name = found[2].lower().rstrip(".")
        return (
            self._allows_all
            or ("." not in name and name != "")
            or name in self._names
            or name.endswith((*_PRIVATE_SUFFIXES, *self._suffixes))
            or _is_address(name)
        )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _host_of(published: str | None) -> str:
    """Return the host of a URL, or of an address with a port or a range of ports."""
    if not published:
        return ""
    if "://" in published:
        return (urlsplit(published).hostname or "").rstrip(".")
    return published.rpartition(":")[0].lower()


def find_hosts(headers: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
    """Return the values of all Host headers; their names are in small letters."""
    return [value for name, value in headers if name == b"host"]
