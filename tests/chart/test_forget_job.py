"""A Job deletes the rows of a person with the rights of `make forget` in compose."""

import os
import shutil
import stat
from pathlib import Path

import pytest
import yaml

from shared.contract.layout import STORE_DIRECTORIES
from shared.prediction_log.segments import read_labels, read_rows
from shared.store.store import open_for_writing
from tests.chart.release import release
from tests.chart.rendering import Manifest, find, pod_template, render
from tests.support.project import ROOT
from tests.support.stores.row_logs import logged, write_labels, write_rows

pytestmark = pytest.mark.chart

ROLE = "forget"
OPTIONS = ("--set", "forget.enabled=true")
PREDICTOR = 10003
ROWS = 10000


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


def describe(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


@pytest.mark.docker
@pytest.mark.timeout(900)
@pytest.mark.parametrize("values", ["default", "restricted"])
def test_the_pod_deletes_a_person_and_each_file_keeps_its_owner(
    tmp_path: Path, values: str
) -> None:
    if shutil.which("docker") is None:
        assert "CI" not in os.environ, "CI needs docker; .ci/engine-up installs it"
        pytest.skip("there is no docker")
    with release(values, tmp_path) as running:
        running.manifests = render(values, *OPTIONS)
        running.node.secrets["modelgate-forget"] = {"ids": b"jane.doe\n"}
        job = running.pod("Job", ROLE, ROLE)
        claim = job.spec["volumes"][0]["persistentVolumeClaim"]["claimName"]
        layout = open_for_writing(running.node.claim(claim), *STORE_DIRECTORIES).layout
        rows = write_rows(layout, 1, [logged("jane.doe"), logged("other")])
        labels = write_labels(layout, 1, {"jane.doe": 1, "other": 0})
        owner = job.spec["securityContext"].get("runAsUser", PREDICTOR)
        group = job.spec["securityContext"].get("fsGroup", ROWS)
        for path in (layout.root, *layout.root.rglob("*")):
            os.chown(path, owner, group)
        before = describe(rows), describe(labels)

        status, said = job.run_to_end()

        assert status == 0, said
        assert [row.id for row in read_rows(rows)] == ["other"]
        assert [label.id for label in read_labels(labels)] == ["other"]
        after = describe(rows), describe(labels)
        # The kubelet gives a volume to its group before the pod starts, and adds rights for it.
        assert [each[:2] for each in after] == [each[:2] for each in before]
        assert all(mode & 0o007 == 0 for _, _, mode in after)
        assert not any(
            b"jane.doe" in path.read_bytes() for path in layout.root.rglob("*") if path.is_file()
        )
