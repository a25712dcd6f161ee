"""Three users share one volume: the rights of each, and the limits of each container."""

import json
from pathlib import Path

import pytest

from tests.stacks.compose_stack import ComposeStack

pytestmark = pytest.mark.docker

UIDS = {"trainer": 10001, "gatekeeper": 10002, "predictor": 10003, "notifier": 10004}
OWN = {
    "trainer": ["candidates"],
    "gatekeeper": [".", "models", "decisions", "feedback"],
    "predictor": ["serving", "live", "predictions"],
    "notifier": ["notifications"],
}
DIRECTORIES = [".", "candidates", "models", "decisions", "serving", "live", "notifications"]
DIRECTORIES += ["predictions", "feedback"]
FILES = [
    "registry.json",
    "training.log",
    "decisions/00000001.json",
    "models/*/model.onnx",
    "candidates/*/manifest.json",
    "serving/*.json",
    "notifications/*.json",
]


@pytest.mark.parametrize("service", UIDS)
def test_a_user_makes_files_in_its_own_part_alone(stack: ComposeStack, service: str) -> None:
    probes = (
        f"n=/store/{directory}/.tmp-probe-{service}; touch $n && rm $n && echo {directory}"
        for directory in DIRECTORIES
    )
    tried = stack.shell(service, "; ".join(["id -u", *probes]))
    user, *possible = tried.stdout.split()
    assert user == str(UIDS[service])
    assert sorted(possible) == sorted(OWN[service]), tried.stderr


@pytest.mark.parametrize("service", UIDS)
def test_a_user_changes_no_file_of_another(stack: ComposeStack, service: str) -> None:
    script = (
        f"cd /store; for f in {' '.join(FILES)}; do test -r $f || echo cannot read $f; "
        f"test $(stat -c %u $f) = {UIDS[service]} && continue; "
        "for attempt in 'echo x >> $f' 'mv $f $f.away' 'rm -f $f' 'chmod 777 $f'; do "
        'if eval "$attempt" 2>/dev/null; then echo "$attempt worked on $f"; fi; done; '
        "echo $f is safe; done"
    )
    tried = stack.shell(service, script)
    others = [line for line in tried.stdout.splitlines() if line.endswith(" is safe")]
    assert tried.stdout.splitlines() == others, tried.stdout + tried.stderr
    assert len(others) >= 2, "each user owns only a part of the files"


@pytest.mark.parametrize("service", UIDS)
def test_all_but_the_notifier_can_list_rows_and_labels(stack: ComposeStack, service: str) -> None:
    listed = stack.shell(service, "ls /store/predictions && ls /store/feedback")
    assert (listed.returncode == 0) is (service != "notifier"), listed


def test_labels_of_a_file_are_readable_for_the_group_only(
    stack: ComposeStack, tmp_path: Path
) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("label,id\nbenign,a\n")
    sent = stack.run("./modelgate", "feedback", str(table))
    assert "Labels received: 1." in sent.stdout
    stack.compose("run", "--rm", "--no-deps", "-T", "volume-init")  # as at the next start
    segment = "/store/feedback/00000001.jsonl"
    found = stack.shell("gatekeeper", f"stat -c '%u %g %a' {segment} && cat {segment}").stdout
    assert found.startswith('10002 10000 640\n{"id":"a","label":"benign"')
    for service in UIDS:
        read = stack.shell(service, f"cat {segment} /store/predictions/none")
        assert ("benign" in read.stdout) is (service != "notifier"), read
    checked = stack.run("./modelgate", "fsck")
    assert "0 errors" in checked.stdout, checked


def test_the_token_is_the_gatekeepers(stack: ComposeStack) -> None:
    for service in ("trainer", "predictor"):
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


@pytest.mark.parametrize("service", UIDS)
def test_an_image_has_no_compiler_and_no_cache_and_cannot_install_or_change_users(
    stack: ComposeStack, service: str
) -> None:
    code = (
        "from importlib.util import find_spec; "
        "print([name for name in ('pip', 'ensurepip', 'setuptools') if find_spec(name)])"
    )
    script = (
        "command -v gcc cc make pip pip3; ls -A /root/.cache /tmp 2>/dev/null; "
        "find / -xdev '(' -type f -perm /6000 -o -name 'pip-*' ')' 2>/dev/null; "
        f"for python in /venv/bin/python /usr/bin/python3 /usr/local/bin/python; do "
        f'if [ -x $python ]; then $python -c "{code}"; fi; done'
    )
    found = stack.shell(service, script)
    assert set(found.stdout.splitlines()) == {"/tmp:", "[]"}, found  # noqa: S108 - listed, not used


TRY = """
import socket, sys
for host in sys.argv[1:]:
    try:
        socket.create_connection((host, 8001), 3).close()
    except OSError as error:
        print(host, type(error).__name__)
    else:
        print(host, "reached")
"""


def test_the_predictor_cannot_reach_the_gatekeeper(stack: ComposeStack) -> None:
    (gatekeeper,) = stack.inspect("gatekeeper")
    ((network, place),) = gatekeeper["NetworkSettings"]["Networks"].items()
    assert network.endswith("_gate")
    hosts = ["gatekeeper", place["IPAddress"], place["Gateway"]]
    tried = stack.compose("exec", "-T", "predictor", "python", "-c", TRY, *hosts)
    lines = dict(line.split() for line in tried.stdout.splitlines())
    assert lines.keys() == set(hosts)
    assert "reached" not in lines.values(), lines
    own = stack.compose("exec", "-T", "gatekeeper", "python", "-c", TRY, "gatekeeper")
    assert own.stdout.split() == ["gatekeeper", "reached"], "the attempt is a real one"


@pytest.mark.parametrize(
    ("service", "network"), [("gatekeeper", "gate"), ("predictor", "predictions")]
)
def test_a_service_is_in_a_network_of_its_own_without_a_way_out(
    stack: ComposeStack, service: str, network: str
) -> None:
    (name,) = stack.inspect(service)[0]["NetworkSettings"]["Networks"]
    assert name.endswith(f"_{network}")
    (facts,) = json.loads(stack.run("docker", "network", "inspect", name).stdout)
    assert facts["Options"] == {"com.docker.network.bridge.enable_ip_masquerade": "false"}


@pytest.mark.parametrize("service", ["gatekeeper", "predictor"])
def test_no_name_is_asked_for_outside(stack: ComposeStack, service: str) -> None:
    (facts,) = stack.inspect(service)
    # No name server listens there in the container, so a name cannot carry data out either.
    assert facts["HostConfig"]["Dns"] == ["127.0.0.1"]
    asked = stack.compose("exec", "-T", service, "getent", "hosts", service)
    assert service in asked.stdout, "the services know each other's names"
