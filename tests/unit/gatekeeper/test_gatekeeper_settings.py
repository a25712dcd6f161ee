"""The gatekeeper's settings, their defaults, and what is refused."""

import pytest

from gatekeeper.policy.terms.gate_policy import GateSettings
from gatekeeper.settings import GatekeeperSettings
from shared.errors import SettingsError
from shared.settings import load_settings


def test_defaults_are_those_of_the_contract() -> None:
    found = GatekeeperSettings().model_dump()
    expected = {
        "host": "127.0.0.1",
        "port": 8001,
        "allowed_hosts": "",
        "root_path": "",
        "published": None,
        "poll_seconds": 0.25,
        "token_file": None,
        "tls_cert": None,
        "tls_key": None,
        "trainer_keys": None,
        "signing_key": None,
        "min_improvement": 0.0,
        "floor": None,
        "confidence": None,
        "recall_floor": None,
        "luck_allowance": True,
        "max_total_drop": None,
        "pinned_version": None,
        "replay_rows": 10_000,
        "max_changed_answers": None,
        "live_holdout": False,
        "max_holdout_loss": 0.01,
        "require_row_hashes": False,
        "max_load_seconds": None,
        "max_p95_ms": None,
        "max_memory_mib": None,
        "max_size_mib": None,
        "min_holdout_rows": 0,
        "slices": "",
        "slice_rows": 100,
        "slice_drop": 0.05,
        "approval": "automatic",
        "skip_identical": False,
        "allow_schema_change": False,
        "keep_models": 10,
        "evaluation_seconds": 30.0,
        "evaluation_memory_mib": 4096,
        "drift_index": 0.2,
        "drift_alarms_per_year": 1.0,
        "live_score_rows": 10_000,
        "probation_minutes": 0,
        "probation_max_failures": 0.01,
        "probation_max_p95_ms": None,
    }
    assert {name: found[name] for name in expected} == expected
    new = found.keys() - expected.keys()
    assert new - {"webhooks", "webhook_secret_file"} <= GateSettings.model_fields.keys()
    assert not any(found[name] for name in new), "a new check is off by default"


def test_every_setting_is_described() -> None:
    assert all(field.description for field in GatekeeperSettings.model_fields.values())


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GATEKEEPER_PORT", "http"),
        ("GATEKEEPER_PORT", "65536"),
        ("GATEKEEPER_POLL_SECONDS", "0"),
        ("GATEKEEPER_POLL_SECONDS", "nan"),
        ("GATEKEEPER_MIN_IMPROVEMENT", "nan"),
        ("GATEKEEPER_FLOOR", "inf"),
        ("GATEKEEPER_RECALL_FLOOR", "80"),
        ("GATEKEEPER_SLICES", "[region"),
        ("GATEKEEPER_MAX_HOLDOUT_LOSS", "1.1"),
        ("GATEKEEPER_REQUIRE_ROW_HASHES", "some"),
        ("GATEKEEPER_MAX_LOAD_SECONDS", "0"),
        ("GATEKEEPER_MAX_P95_MS", "inf"),
        ("GATEKEEPER_MAX_MEMORY_MIB", "1 GiB"),
        ("GATEKEEPER_MAX_SIZE_MIB", "-1"),
        ("GATEKEEPER_APPROVAL", "perhaps"),
        ("GATEKEEPER_SKIP_IDENTICAL", "perhaps"),
        ("GATEKEEPER_KEEP_MODELS", "0"),
        ("GATEKEEPER_EVALUATION_SECONDS", "-1"),
        ("GATEKEEPER_EVALUATION_MEMORY_MIB", "1"),
        ("GATEKEEPER_MIN_IMPROVMENT", "0.1"),
    ],
)
def test_a_malformed_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable):
        load_settings(GatekeeperSettings)
