"""Addresses of receivers: which are accepted, and what is shown of them."""

import pytest

from gatekeeper.notifications.receivers import MAX_RECEIVERS, parse_receivers
from gatekeeper.settings import GatekeeperSettings
from shared.errors import SettingsError
from shared.settings import load_settings

SECRET = "https://hooks.example.com/services/T0/B0/very-secret"  # noqa: S105 - an address


def test_several_addresses_have_names_that_hide_their_paths() -> None:
    text = f" {SECRET}, http://user:pass@[::1]:9000/x?token=very-secret ,"
    first, second = parse_receivers(text)
    assert first.url == SECRET
    assert first.name.startswith("hooks.example.com-")
    assert second.name.startswith("1-")
    assert "very-secret" not in f"{first}{second}"
    assert "pass" not in f"{first}{second}"


def test_two_paths_of_one_host_are_two_receivers() -> None:
    first, second = parse_receivers(f"{SECRET},{SECRET}-2")
    assert first.name != second.name


def test_nothing_is_no_receiver() -> None:
    assert parse_receivers("") == ()


@pytest.mark.parametrize(
    "text",
    [
        "hooks.example.com/very-secret",
        "ftp://hooks.example.com/very-secret",
        "https:///very-secret",
        "https://hooks.example.com:99999/very-secret",
        "https://hooks.example.com/very secret",
        "https://hooks.example.com/very-secret#part",
        f"{SECRET},{SECRET}",
        ",".join(f"{SECRET}{number}" for number in range(MAX_RECEIVERS + 1)),
    ],
)
def test_an_unusable_value_stops_the_start_without_showing_it(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEKEEPER_WEBHOOKS", text)
    with pytest.raises(SettingsError, match="GATEKEEPER_WEBHOOKS") as error:
        load_settings(GatekeeperSettings)
    assert "very-secret" not in str(error.value)
    assert "very secret" not in str(error.value)


def test_settings_do_not_show_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEKEEPER_WEBHOOKS", SECRET)
    assert "very-secret" not in repr(load_settings(GatekeeperSettings))
