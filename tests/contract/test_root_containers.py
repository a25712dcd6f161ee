"""Containers that run as root have only the rights that they need, and no network."""

from typing import Any

import yaml

from tests.support.project import ROOT

SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
CAPABILITIES = {
    "volume-init": ["CHOWN"],
    "restore": ["CHOWN"],
    "forget": ["CHOWN", "DAC_OVERRIDE"],
}


def test_only_these_containers_are_root_and_each_is_confined() -> None:
    root = {name for name, service in SERVICES.items() if service.get("user") == "0:0"}
    assert root == CAPABILITIES.keys()
    for name, capabilities in CAPABILITIES.items():
        service = SERVICES[name]
        assert service["cap_add"] == capabilities, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["network_mode"] == "none", name
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    for name in ("restore", "forget"):
        assert SERVICES[name]["profiles"] == [name], "only make starts it"
