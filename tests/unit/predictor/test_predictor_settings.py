"""Settings come from PREDICTOR_ variables, and the error names an invalid one."""

import pytest

from predictor.settings import PredictorSettings
from shared.errors import SettingsError
from shared.settings import load_settings


def test_the_defaults_are_as_documented() -> None:
    assert load_settings(PredictorSettings).model_dump() == {
        "host": "127.0.0.1",
        "port": 8000,
        "published": None,
        "workers": 1,
        "gatekeeper_keys": None,
        "tls_cert": None,
        "tls_key": None,
        "api_keys_file": None,
        "without_key": "health",
        "api_key": None,
        "poll_seconds": 0.1,
        "heartbeat_seconds": 1.0,
        "live_rows_per_second": 500,
        "log_share": 0.0,
        "log_omit": "",
        "log_days": 7,
        "log_mib": 1024,
        "drain_seconds": 1.0,
        "grace_seconds": 5.0,
        "allowed_hosts": "",
        "root_path": "",
        "cors_origins": "",
        "call_seconds": 4.0,
        "memory_mib": None,
        "max_body_bytes": 16 << 20,
        "max_rows": 100_000,
        "extra_features": "refuse",
        "categories": "show",
        "fast_path": True,
    }


def test_every_setting_is_documented() -> None:
    assert all(field.description for field in PredictorSettings.model_fields.values())


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PREDICTOR_PORT", "65536"),
        ("PREDICTOR_PORT", "http"),
        ("PREDICTOR_WORKERS", "0"),
        ("PREDICTOR_POLL_SECONDS", "0"),
        ("PREDICTOR_HEARTBEAT_SECONDS", "nan"),
        ("PREDICTOR_MAX_BODY_BYTES", "16MB"),
        ("PREDICTOR_MAX_ROWS", "0"),
        ("PREDICTOR_WORKER", "2"),
    ],
)
def test_the_error_names_an_invalid_setting(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable):
        load_settings(PredictorSettings)
