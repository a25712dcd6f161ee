"""A service answers at its own addresses and names, and at no name of the public DNS."""

import socket

import pytest
from pydantic import ValidationError

from predictor.settings import PredictorSettings
from shared.http.allowed_hosts import AllowedHosts
from tests.support.sweep import sweep

OWN = {
    "a loopback address": "127.0.0.1",
    "an address with a port": "10.1.2.3:8000",
    "IPv6": "[::1]",
    "IPv6 with a port": "[fe80::1]:8000",
    "a name of this machine": "localhost:8000",
    "a compose service": "predictor:8000",
    "a project's service": "modelgate_predictor",
    "below localhost": "app.localhost",
    "Docker's host": "host.docker.internal:8000",
    "a Kubernetes service": "predictor.models.svc.cluster.local:8000",
    "capitals": "LOCALHOST",
    "a dot at the end": "localhost.",
}
FOREIGN = {
    "a public name": "evil.example",
    "a public name with a port": "evil.example:8000",
    "a public name with a dot at the end": "evil.example.",
    "a name that begins like an address": "127.0.0.1.evil.example",
    "a name that begins like a local one": "localhost.evil.example",
    "a name that ends like a local one": "evillocalhost.com",
    "nothing": "",
    "only a port": ":8000",
    "only a dot": ".",
    "two names": "localhost, evil.example",
    "a user": "localhost@evil.example",
    "a path": "localhost/evil.example",
    "a name in brackets": "[evil.example]",
    "an address that is none": "[::1::]",
    "two ports": "localhost:80:80",
    "not ASCII": "l\xf6calhost",
}


@pytest.mark.parametrize("host", sweep(OWN, "IPv6 with a port", "a compose service"))
def test_own_addresses_and_private_names_are_allowed(host: str) -> None:
    assert AllowedHosts().allows(host.encode("latin-1"))


@pytest.mark.parametrize("host", sweep(FOREIGN, "a public name", "nothing", "a user"))
def test_other_names_are_refused(host: str) -> None:
    assert not AllowedHosts().allows(host.encode("latin-1"))


@pytest.mark.parametrize(
    ("names", "published", "host"),
    [
        ("models.example.com", None, "models.example.com"),
        ("a.example, Models.Example.com", None, "models.example.com:443"),
        ("*.example.com", None, "deep.models.example.com"),
        ("*", None, "evil.example"),
        ("", "https://models.example.com/here", "models.example.com"),
        ("", "models.example.com:8000-8010", "models.example.com:8005"),
    ],
)
def test_the_setting_and_the_published_address_are_allowed(
    names: str, published: str | None, host: str
) -> None:
    assert not AllowedHosts().allows(host.encode())
    assert AllowedHosts(names, published).allows(host.encode())


def test_the_name_of_the_machine_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Server1.example.com")
    assert AllowedHosts().allows(b"server1.example.com:8000")
    assert not AllowedHosts("*.example.com").allows(b"example.com")


def test_a_flood_of_names_takes_little_memory() -> None:
    hosts = AllowedHosts()
    for number in range(5000):
        hosts.allows(b"%d.example" % number)
    assert len(hosts._known) <= 1024
    assert "PREDICTOR_ALLOWED_HOSTS" in AllowedHosts(prefix="PREDICTOR_").refusal.message


@pytest.mark.parametrize("given", ["models.example.com:8443", "https://models.example.com"])
def test_a_port_or_an_address_is_no_name_and_stops_the_start(given: str) -> None:
    with pytest.raises(ValidationError, match="allowed_hosts"):
        PredictorSettings(allowed_hosts=given)
