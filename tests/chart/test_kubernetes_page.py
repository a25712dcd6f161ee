"""docs/kubernetes.md names only objects and values that the chart has, and options of the tools."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from shared.version import VERSION
from tests.chart.kubernetes_page import SECTIONS, TEXT, blocks, commands
from tests.chart.rendering import CHART, VALUES, find, render, template, tool
from tests.support.project import ROOT

pytestmark = pytest.mark.chart

KINDS = {
    "deployment": "Deployment",
    "cronjob": "CronJob",
    "job": "Job",
    "networkpolicy": "NetworkPolicy",
    "service": "Service",
    "pvc": "PersistentVolumeClaim",
}


LENGTHS = {"create": 3, "config": 3}
"""Words of kubectl with more words behind them that are commands too."""


def test_every_named_object_is_rendered() -> None:
    more = "waitingTrainer.enabled=true,forget.enabled=true"
    manifests = [*render("webhooks"), *render("default", "--set", more)]
    rendered = {(each["kind"], each["metadata"]["name"]) for each in manifests}
    named = set(re.findall(r"\b(deployment|cronjob|service|networkpolicy)/([\w-]+)", TEXT))
    named.add(("job", "modelgate-forget"))
    named |= set(re.findall(r"\bdelete (pvc) ([\w-]+)", TEXT))
    assert len(named) >= 4
    assert {(KINDS[kind], name) for kind, name in named} <= rendered


@pytest.mark.parametrize("command", [each for each in commands("helm") if "--wait" in each])
def test_a_command_of_helm_renders(command: str, tmp_path: Path) -> None:
    (tmp_path / "my-values.yaml").write_text("images: {registry: registry.example.com/team}\n")
    words = shlex.split(command.replace('"$TAG"', VERSION))
    words[:2] = ["template"]
    words[words.index("deploy/kubernetes/modelgate")] = str(CHART)
    for option, count in (("--wait", 1), ("--timeout", 2)):
        place = words.index(option)
        del words[place : place + count]
    done = subprocess.run(
        [tool("helm"), *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"image: registry.example.com/team/modelgate-predictor:{VERSION}" in done.stdout


@pytest.mark.parametrize("section", [name for name in SECTIONS if blocks(name, "yaml")])
def test_the_values_of_the_page_are_valid(section: str, tmp_path: Path) -> None:
    for number, block in enumerate(blocks(section, "yaml")):
        path = tmp_path / f"{number}.yaml"
        path.write_text(block)
        done = template("--values", str(path))
        assert done.returncode == 0, done.stderr


def test_every_option_of_kubectl_exists() -> None:
    for command in commands("kubectl"):
        words = command.partition(" -- ")[0].split()
        verb = words[1 : LENGTHS.get(words[1], 2)] if words[2] != "secret" else words[1:4]
        shown = subprocess.run(
            [tool("kubectl"), *verb, "--help"], capture_output=True, text=True, check=True
        ).stdout
        for option in re.findall(r" (--[a-z-]+)", " ".join(words)):
            assert f"{option}=" in shown, command


def test_every_file_of_values_is_listed_and_every_secret_is_made() -> None:
    for name in VALUES.keys() - {"default"}:
        assert f"| `{name}.yaml` |" in TEXT
    made = set(re.findall(r"kubectl create secret \w+ ([\w-]+)", TEXT))
    files = [VALUES[name].read_text() for name in ("external-secrets", "webhooks")]
    named = set(re.findall(r"name: (modelgate-[\w-]+)", "".join(files)))
    assert made == {*named, "modelgate-forget"}
    (signing,) = (path.read_text() for name, path in VALUES.items() if name == "signing")
    assert set(re.findall(r"secret generic ([\w-]+)", signing)) == set(
        re.findall(r"\{name: ([\w-]+)\}", signing)
    )


def test_the_table_of_rights_is_that_of_the_pods() -> None:
    for role, user in {"gatekeeper": 10002, "predictor": 10003}.items():
        spec = find(render(), "Deployment", role)["spec"]["template"]["spec"]
        assert spec["securityContext"]["runAsUser"] == user
        assert f"| `{role}` | {user} |" in TEXT


def test_the_page_names_the_versions_that_were_tried() -> None:
    shown = subprocess.run(
        [tool("helm"), "version", "--short"], capture_output=True, text=True, check=True
    ).stdout
    assert f"helm {'.'.join(shown.lstrip('v').split('.')[:2])} renders it" in TEXT
    lock = (ROOT / "requirements" / "chart.txt").read_text()
    locked = re.search(r"^kubernetes-validate==(1\.\d+)", lock, re.MULTILINE)
    assert locked
    assert f"Kubernetes 1.28 to {locked[1]}," in TEXT
