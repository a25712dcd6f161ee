"""Recognise the variables that Kubernetes adds to a container for each service of its namespace.

A service called `predictor` adds PREDICTOR_PORT=tcp://10.0.0.1:8000 and ten more. So their names
can begin as those of settings. Name and value must both have Kubernetes' form: a mistyped setting
stays an error.
"""

import ipaddress
import re
from collections.abc import Mapping

_PROTOCOL = "TCP|UDP|SCTP"
_URL = re.compile(
    rf"(?:{_PROTOCOL})://(?:\[(?P<ipv6>[^\]]+)\]|(?P<ipv4>[^:/]+)):\d{{1,5}}", re.IGNORECASE
)
_PORT_NUMBER = re.compile(r"\d{1,5}")
_HOST = "_SERVICE_HOST"
_SERVICE_PORT = re.compile(r"(?P<service>.+)_SERVICE_PORT(?:_[A-Z0-9_]+)?")
_LINK = re.compile(rf".+_PORT(?:_\d{{1,5}}_(?:{_PROTOCOL}))?")
_PART = re.compile(rf".+_PORT_\d{{1,5}}_(?:{_PROTOCOL})_(?P<part>PROTO|PORT|ADDR)")


def find_service_links(environment: Mapping[str, str]) -> frozenset[str]:
    """Return the names of the variables in *environment* that Kubernetes has added."""
    return frozenset(name for name in environment if _is_link(name, environment))


def _is_link(name: str, environment: Mapping[str, str]) -> bool:
    value = environment[name]
    if name.endswith(_HOST):
        return _is_address(value)
    if found := _SERVICE_PORT.fullmatch(name):
        # A number has no special form: the service must have an address too.
        host = environment.get(found["service"] + _HOST, "")
        return _is_number(value) and _is_address(host)
    if found := _PART.fullmatch(name):
        checks = {"PROTO": _is_protocol, "PORT": _is_number, "ADDR": _is_address}
        return checks[found["part"]](value)
    return _LINK.fullmatch(name) is not None and _is_url(value)


def _is_url(value: str) -> bool:
    found = _URL.fullmatch(value)
    return found is not None and _is_address(found["ipv6"] or found["ipv4"])


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _is_number(value: str) -> bool:
    return _PORT_NUMBER.fullmatch(value) is not None


def _is_protocol(value: str) -> bool:
    return value.upper() in _PROTOCOL.split("|")
