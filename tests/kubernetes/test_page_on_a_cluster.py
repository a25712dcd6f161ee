"""docs/kubernetes.md is run on a cluster, in a namespace that is removed at the end.

KUBECONFIG names the cluster, and REGISTRY the registry that has the images with the tag TAG.
VALUES may name one more file of values, such as that for one node.
"""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chart.kubernetes_page import blocks
from tests.chart.rendering import CHART, tool
from tests.kubernetes.cluster_client import load_from
from tests.support.project import ROOT

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(1800)]

CLIENT = "requests"


@dataclass
class Cluster:
    """A namespace of a cluster, a folder for the files of the page, and the page's variables."""

    folder: Path
    environment: dict[str, str]

    def sh(self, script: str) -> str:
        """Run a block of the page; return its output."""
        if values := os.environ.get("VALUES"):
            more = f"--values my-values.yaml --values {ROOT / values}"
            script = script.replace("--values my-values.yaml", more)
        done = subprocess.run(
            ["sh", "-ec", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    missing = [name for name in ("KUBECONFIG", "REGISTRY") if name not in os.environ]
    assert not missing, f"set {' and '.join(missing)}: the tests change the cluster that they name"
    folder = tmp_path_factory.mktemp("page")
    shutil.copy(os.environ["KUBECONFIG"], folder / "kubeconfig")  # the page changes its namespace
    (folder / "deploy" / "kubernetes").mkdir(parents=True)
    (folder / "deploy" / "kubernetes" / "modelgate").symlink_to(CHART)
    environment = {
        **os.environ,
        "PATH": f"{Path(tool('helm')).parent}:{os.environ['PATH']}",
        "KUBECONFIG": str(folder / "kubeconfig"),
        "NAMESPACE": f"modelgate-test-{secrets.token_hex(3)}",
        "TAG": os.environ.get("TAG", "0.1.0"),
    }
    made = Cluster(folder, environment)
    try:
        yield made
    finally:
        made.sh('kubectl delete namespace "$NAMESPACE" --ignore-not-found --timeout=5m')


def test_the_installation_ends_with_a_served_model(cluster: Cluster) -> None:
    for block in blocks("Install"):
        cluster.sh(block)


def test_a_prediction_is_answered(cluster: Cluster) -> None:
    (block,) = blocks("A prediction")
    assert '"model_version": 1' in cluster.sh(block)


def test_a_retraining_is_decided(cluster: Cluster) -> None:
    (block,) = blocks("A retrain")
    assert "promoted" in cluster.sh(block)


def test_a_rollback_reaches_every_worker(cluster: Cluster) -> None:
    (block,) = blocks("A rollback")
    assert "v3" in cluster.sh(block)


def test_an_upgrade_under_load_loses_no_request(cluster: Cluster) -> None:
    image = f"{cluster.environment['REGISTRY']}/modelgate-predictor:{cluster.environment['TAG']}"
    cluster.sh(f"kubectl run {CLIENT} --image={image} --restart=Never --command -- sleep 3600")
    cluster.sh(f"kubectl wait --for=condition=Ready --timeout=5m pod/{CLIENT}")
    (block,) = blocks("An upgrade")
    # Another setting replaces all pods, also with the same images.
    changed = block.replace("--wait", "--set settings.common.LOG_LEVEL=WARNING --wait")
    url = f"http://modelgate-predictor.{cluster.environment['NAMESPACE']}:8000"
    with load_from(tool("kubectl"), cluster.environment, CLIENT, url) as load:
        cluster.sh(changed)
    assert load.failed == ()
    assert load.asked > 0


def test_a_backup_is_complete(cluster: Cluster) -> None:
    (block,) = blocks("Backup")
    cluster.sh(block)


def test_a_person_is_deleted_as_root(cluster: Cluster) -> None:
    (block,) = blocks("Deleting one person")
    assert "Nothing has this id, so nothing was changed." in cluster.sh(block)


def test_uninstalling_keeps_the_store(cluster: Cluster) -> None:
    (block,) = blocks("Uninstall")
    cluster.sh(block)
    assert "modelgate-store" in cluster.sh("kubectl get pvc --output name")
