"""A Job deletes the rows of a person with the rights of `make forget` in compose."""

import pytest
import yaml

from tests.chart.rendering import Manifest, find, pod_template, render
from tests.support.project import ROOT

pytestmark = pytest.mark.chart

ROLE = "forget"
OPTIONS = ("--set", "forget.enabled=true")


def pod_of(values: str, *options: str) -> Manifest:
    found: Manifest = pod_template(find(render(values, *OPTIONS, *options), "Job", ROLE))["spec"]
    return found


def test_the_job_has_the_rights_of_compose_and_no_secret_of_a_service() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["forget"]
    spec = pod_of("signing")
    (container,) = spec["containers"]
    context = container["securityContext"]
    assert f"{context['runAsUser']}:{context['runAsGroup']}" == compose["user"]
    assert context["capabilities"] == {"drop": ["ALL"], "add": compose["cap_add"]}
    assert context["readOnlyRootFilesystem"]
    assert not context["allowPrivilegeEscalation"]
    assert container["command"] == [*compose["entrypoint"], "--ids", "/ids/ids"]
    assert container["env"] == [{"name": "STORE_DIR", "value": "/store"}]
    assert [volume["name"] for volume in spec["volumes"]] == ["store", "tmp", "ids"]
    assert not [mount for mount in container["volumeMounts"] if "subPath" in mount]
    assert (spec["automountServiceAccountToken"], spec["restartPolicy"]) == (False, "Never")


def test_the_ids_come_from_a_secret_and_rows_of_requests_are_an_option() -> None:
    spec = pod_of("default", "--set", "forget.rowsOfRequests=true")
    (source,) = spec["volumes"][-1]["projected"]["sources"]
    assert source["secret"]["name"] == "modelgate-forget"
    assert spec["containers"][0]["command"][-1] == "--rows-of-requests"


def test_a_restricted_namespace_has_no_root_in_this_job_either() -> None:
    spec = pod_of("restricted")
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert "runAsUser" not in spec["containers"][0]["securityContext"]


def test_the_job_is_rendered_on_request_and_has_no_connections() -> None:
    policy = find(render("default", *OPTIONS), "NetworkPolicy", ROLE)["spec"]
    assert (policy["policyTypes"], policy.keys()) == (
        ["Ingress", "Egress"],
        {"podSelector", "policyTypes"},
    )
    labels = {each["metadata"]["labels"]["app.kubernetes.io/component"] for each in render()}
    assert ROLE not in labels
