"""Three users share one volume: the rights of each, and the limits of each container."""

import json

import pytest

from tests.stacks.compose_stack import ComposeStack

pytestmark = pytest.mark.docker

UIDS = {"trainer": 10001, "gatekeeper": 10002, "predictor": 10003}
OWN = {
    "trainer": ["candidates"],
    "gatekeeper": [".", "models", "decisions"],
    "predictor": ["serving"],
}
DIRECTORIES = [".", "candidates", "models", "decisions", "serving"]
FILES = [
    "registry.json",
    "training.log",
    "decisions/00000001.json",
    "models/*/model.onnx",
    "candidates/*/manifest.json",
    "serving/*.json",
]


@pytest.mark.parametrize("service", UIDS)
@pytest.mark.parametrize("directory", DIRECTORIES)
def test_a_user_makes_files_in_its_own_part_alone(
    stack: ComposeStack, service: str, directory: str
) -> None:
    name = f"/store/{directory}/.tmp-probe-{service}"
    tried = stack.shell(service, f"touch {name} && rm {name}")
    assert (tried.returncode == 0) == (directory in OWN[service]), tried.stderr


@pytest.mark.parametrize("service", UIDS)
@pytest.mark.parametrize("file", FILES)
def test_a_user_changes_no_file_of_another(stack: ComposeStack, service: str, file: str) -> None:
    script = (
        f"set -e; cd /store; for f in {file}; do test -r $f; "
        f"test $(stat -c %u $f) = {UIDS[service]} && exit 0; "
        "for attempt in 'echo x >> $f' 'mv $f $f.away' 'rm -f $f' 'chmod 777 $f'; do "
        'if eval "$attempt" 2>/dev/null; then echo "$attempt worked on $f"; exit 9; fi; done; done'
    )
    tried = stack.shell(service, script)
    assert tried.returncode == 0, tried.stdout + tried.stderr


@pytest.mark.parametrize("service", ["trainer", "predictor"])
def test_the_token_is_the_gatekeepers(stack: ComposeStack, service: str) -> None:
    refused = stack.shell(service, "cat /store/token")
    assert refused.returncode != 0
    assert "Permission denied" in refused.stderr
    assert stack.shell("gatekeeper", "test $(stat -c %a /store/token) = 600").returncode == 0


@pytest.mark.parametrize("service", [*UIDS, "volume-init"])
def test_a_container_is_confined(stack: ComposeStack, service: str) -> None:
    facts = stack.inspect(service)[0]
    host = facts["HostConfig"]
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["Privileged"] is False
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    assert host["LogConfig"]["Config"].keys() == {"max-size", "max-file"}
    assert not any("docker.sock" in mount["Source"] for mount in facts["Mounts"])
    if service == "volume-init":
        assert host["CapAdd"] == ["CHOWN"]
        assert host["NetworkMode"] == "none"
        return
    assert host["CapAdd"] is None
    assert host["NanoCpus"] > 0
    assert facts["Config"]["User"] in {service, str(UIDS[service])}
    assert stack.shell(service, "id -u").stdout.strip() == str(UIDS[service])
    for mount in facts["Mounts"]:
        assert mount["RW"] is (mount["Destination"] == "/store"), mount


@pytest.mark.parametrize("service", ["gatekeeper", "predictor"])
def test_ports_are_bound_to_this_machine_and_services_restart(
    stack: ComposeStack, service: str
) -> None:
    host = stack.inspect(service)[0]["HostConfig"]
    addresses = {
        binding["HostIp"] for bindings in host["PortBindings"].values() for binding in bindings
    }
    assert addresses == {"127.0.0.1"}
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    health = stack.inspect(service)[0]["Config"]["Healthcheck"]["Test"]
    assert "curl" not in json.dumps(health)


def test_the_predictor_holds_no_scikit_learn(stack: ComposeStack) -> None:
    code = (
        "from importlib.util import find_spec; "
        "print([name for name in ('sklearn', 'joblib', 'pandas') if find_spec(name)])"
    )
    asked = stack.compose("exec", "-T", "predictor", "python", "-c", code)
    assert asked.stdout.strip() == "[]"


def test_no_compiler_and_no_cache_is_left_in_an_image(stack: ComposeStack) -> None:
    for service in UIDS:
        found = stack.shell(service, "command -v gcc cc make; ls -A /root/.cache /tmp 2>/dev/null")
        assert found.stdout.split() == ["/tmp:"], found  # noqa: S108 - listed, not used.stdout
