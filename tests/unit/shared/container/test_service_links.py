"""Variables of Kubernetes change no setting, and a mistyped setting is still an error."""

import pytest
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from gatekeeper.settings import GatekeeperSettings
from predictor.settings import PredictorSettings
from shared.container.service_links import find_service_links
from shared.errors import SettingsError
from shared.settings import CommonSettings, ServiceSettings, load_settings
from trainer.settings import TrainerSettings

CLASSES: list[type[CommonSettings | ServiceSettings]] = [
    CommonSettings,
    TrainerSettings,
    GatekeeperSettings,
    PredictorSettings,
]


def links(service: str, address: str = "10.96.0.17", protocol: str = "TCP") -> dict[str, str]:
    """Return the variables of a service with two ports, as the kubelet makes them."""
    host = f"[{address}]" if ":" in address else address
    found = {
        f"{service}_SERVICE_HOST": address,
        f"{service}_SERVICE_PORT": "8000",
        f"{service}_SERVICE_PORT_HTTP": "8000",
        f"{service}_SERVICE_PORT_HTTP_METRICS": "9000",
        f"{service}_PORT": f"{protocol.lower()}://{host}:8000",
    }
    for port in ("8000", "9000"):
        name = f"{service}_PORT_{port}_{protocol}"
        found |= {
            name: f"{protocol.lower()}://{host}:{port}",
            f"{name}_PROTO": protocol.lower(),
            f"{name}_PORT": port,
            f"{name}_ADDR": address,
        }
    return found


@pytest.mark.parametrize("service", ["PREDICTOR", "PREDICTOR_CANARY", "GATEKEEPER", "TRAINER"])
@pytest.mark.parametrize(
    ("address", "protocol"),
    [("10.96.0.17", "TCP"), ("fd00:10:96::a", "TCP"), ("10.96.0.17", "UDP"), ("1.2.3.4", "SCTP")],
)
def test_every_variable_of_a_service_is_recognised(
    service: str, address: str, protocol: str
) -> None:
    found = links(service, address, protocol)
    assert find_service_links(found | {"HOME": "/tmp", "PREDICTOR_HOST": "0.0.0.0"}) == set(found)  # noqa: S104 S108 - only values


def test_a_service_called_like_ours_changes_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [load_settings(each) for each in CLASSES]
    for service in ("PREDICTOR", "GATEKEEPER", "TRAINER", "STORE", "PREDICTOR_TLS", "METRIC"):
        for name, value in links(service).items():
            monkeypatch.setenv(name, value)
    assert [load_settings(each) for each in CLASSES] == before
    assert load_settings(PredictorSettings).port == 8000
    monkeypatch.setenv("PREDICTOR_PORT", "8080")  # a pod's own variable replaces the added one
    assert load_settings(PredictorSettings).port == 8080


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PREDICTOR_PORT", "tcp://predictor:8000"),
        ("PREDICTOR_PORT", "http://10.0.0.1:8000"),
        ("PREDICTOR_PORT", "tcp://10.0.0.1"),
        ("PREDICTOR_PROT", "tcp://10.0.0.1:8000"),
        ("PREDICTOR_SERVICE_PORT", "8000"),
        ("PREDICTOR_SERVICE_HOST", "models.example.com"),
        ("PREDICTOR_PORT_8000_TCP", "8000"),
        ("PREDICTOR_PORT_8000_TCP_ADDR", "here"),
        ("PREDICTOR_PORT_HTTP", "tcp://10.0.0.1:8000"),
        ("PREDICTOR_WORKRES", "2"),
    ],
)
def test_a_variable_without_the_form_of_kubernetes_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load_settings(PredictorSettings)


class UrlSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="OVEN_")
    scheduler: str = Field(default="", description="An address.")


def test_a_setting_may_have_such_an_address_as_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVEN_SCHEDULER", "tcp://10.0.0.1:8786")
    assert load_settings(UrlSettings).scheduler == "tcp://10.0.0.1:8786"
