"""A setting that is wrong stops the start with one sentence that names it."""

import pytest
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.errors import SettingsError
from shared.settings import CommonSettings, ServiceSettings, load_settings


class OvenSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="OVEN_")
    seconds: int = Field(default=3, description="Seconds.")
    shelf: str | None = Field(default=None, description="A shelf.")
    temperature_sensor: str | None = Field(
        default=None, pattern="^usb:", examples=["usb:1", "usb:2"], description="A sensor."
    )


def test_the_environment_is_read_and_what_is_empty_means_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OVEN_SECONDS", "7")
    monkeypatch.setenv("OVEN_SHELF", "")
    assert load_settings(OvenSettings) == OvenSettings(seconds=7, shelf=None)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("OVEN_SECONDS", "soon", "OVEN_SECONDS is malformed: .*whole number.*found 'soon'"),
        (
            "OVEN_TEMPERATURE_SENSOR",
            "here",
            "SENSOR is malformed: expected a value such as usb:1 or usb:2, found 'here'",
        ),
        ("OVEN_SECOND", "7", "Unknown setting OVEN_SECOND: did you mean OVEN_SECONDS?"),
        (
            "OVEN_DOOR",
            "7",
            "Unknown setting OVEN_DOOR: known settings are OVEN_SECONDS, ",
        ),
    ],
)
def test_a_bad_setting_stops_the_start_with_its_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=message):
        load_settings(OvenSettings)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STORE_DIRECTORY", "x"),
        ("ALLOW_JOBLIB", "perhaps"),
        ("LOG_FORMAT", "xml"),
        ("METRIC", "f2"),
    ],
)
def test_a_malformed_common_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable):
        load_settings(CommonSettings)
