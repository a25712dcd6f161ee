"""The chart renders for every documented file of values, and refuses wrong values by name."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from shared.version import VERSION
from tests.chart.rendering import (
    CHART,
    OLDEST_KUBERNETES,
    VALUES,
    Manifest,
    containers,
    find,
    helm,
    pod_specs,
    pod_template,
    render,
    template,
    tool,
)
from tests.support.project import ROOT

pytestmark = pytest.mark.chart

SCHEMAS = Path(__file__).with_name("kubernetes_schemas.py")


def environment(manifests: list[Manifest], kind: str, role: str) -> dict[str, str]:
    (container,) = pod_template(find(manifests, kind, role))["spec"]["containers"]
    return {each["name"]: each.get("value", "") for each in container["env"]}


@pytest.mark.parametrize("values", VALUES)
def test_helm_finds_no_fault(values: str) -> None:
    done = helm("lint", "--strict", str(CHART), "--values", str(VALUES[values]))
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_file_of_values_is_valid_for_every_version_of_kubernetes(tmp_path: Path) -> None:
    files = []
    for values, path in VALUES.items():
        done = template("--values", str(path))
        files.append(tmp_path / f"{values}.yaml")
        files[-1].write_text(done.stdout)
    command = [tool("python"), str(SCHEMAS), OLDEST_KUBERNETES, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    versions = done.stdout.splitlines()[0].split()[1:]
    assert versions[0] == "1.28.0"
    assert len(versions) >= 10
    assert f'kubeVersion: ">={OLDEST_KUBERNETES}.0-0"' in (CHART / "Chart.yaml").read_text()


@pytest.mark.parametrize(
    ("found", "written"),
    [("protocol: TCP", "protocoll: TCP"), ("replicas: 2", "replicas: two"), ("/v1", "/v0")],
)
def test_the_schemas_find_a_fault(tmp_path: Path, found: str, written: str) -> None:
    (tmp_path / "wrong.yaml").write_text(template().stdout.replace(found, written))
    command = [tool("python"), str(SCHEMAS), "1.37", str(tmp_path / "wrong.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "wrong.yaml: " in done.stdout


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("settings.predictor.PREDICTOR_WORKER=2", "'PREDICTOR_WORKER' not allowed"),
        ("settings.predictor.PREDICTOR_WORKERS=0", "minimum: got 0, want 1"),
        ("settings.trainer.PREDICTOR_WORKERS=2", "'PREDICTOR_WORKERS' not allowed"),
        ("settings.common.LOG_LEVEL=LOUD", "/settings/common/LOG_LEVEL"),
        ("settings.predictor.PREDICTOR_ROOT_PATH=/ml/", "/settings/predictor/PREDICTOR_ROOT_PATH"),
        ("settings.gatekeeper.GATEKEEPER_ROOT_PATH=ml", "GATEKEEPER_ROOT_PATH"),
        ("settings.gatekeeper.STORE_DIR=/elsewhere", "'STORE_DIR' not allowed"),
        ("images.tag=latest", "/images/tag"),
        ("predictor.replica=3", "'replica' not allowed"),
        ("predictor.resources.limits.cpu=null", "missing property 'cpu'"),
        ("store.accessMode=ReadOnlyMany", "/store/accessMode"),
        ("users.id=7", "/users"),
        ("mounts.data.hostPath.path=/srv", "/mounts/data"),
        ("predictor.autoscaling.enabled=true,predictor.autoscaling.maxReplicas=1", "maxReplicas"),
        ("settings.predictor.PREDICTOR_GRACE_SECONDS=60", "set it to that or more"),
        ("settings.trainer.TRAINER_WATCH=true", "Set waitingTrainer.enabled: true"),
        (
            "serviceMonitor.enabled=true,secrets.predictorApiKeys.name=keys",
            "PREDICTOR_WITHOUT_KEY to health-and-metrics",
        ),
    ],
)
def test_a_wrong_value_is_refused_by_name(option: str, says: str) -> None:
    done = template("--set", option)
    assert done.returncode != 0
    assert says in done.stderr


def test_a_root_path_reaches_its_service_and_leaves_the_probes() -> None:
    paths = {"predictor": "/ml/churn", "gatekeeper": "/ml/gate"}
    options = [f"settings.{role}.{role.upper()}_ROOT_PATH={path}" for role, path in paths.items()]
    manifests = render("default", "--set", ",".join(options))
    for role, path in paths.items():
        found = environment(manifests, "Deployment", role)[f"{role.upper()}_ROOT_PATH"]
        (container,) = pod_template(find(manifests, "Deployment", role))["spec"]["containers"]
        assert (found, container["readinessProbe"]["httpGet"]["path"]) == (path, "/readyz")


@pytest.mark.parametrize("release", ["9-models", "a" * 33])
def test_a_name_that_kubernetes_would_refuse_is_refused_before(release: str) -> None:
    done = template(release=release)
    assert done.returncode != 0
    assert "Use " in done.stderr


def test_a_long_name_fits_everywhere() -> None:
    done = template(release="a" * 32)
    names = re.findall(r"^  name: (\S+)$", done.stdout, re.MULTILINE)
    assert max(map(len, names)) <= 52


def test_a_value_reaches_its_service_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text(
        "settings:\n"
        "  common: {METRIC: accuracy}\n"
        "  trainer: {TRAINER_DROP: 'a<b & \"c\"', TRAINER_SPLIT_SALT: 7}\n"
        "  gatekeeper: {GATEKEEPER_SKIP_IDENTICAL: true, GATEKEEPER_MAX_HOLDOUT_LOSS: 0.05}\n"
        "  predictor:\n"
        "    PREDICTOR_MAX_BODY_BYTES: 16777216\n"
        "    PREDICTOR_API_KEY: {secret: keys, key: own}\n"
    )
    manifests = render("default", "--values", str(tmp_path / "values.yaml"))
    trainer = environment(manifests, "CronJob", "trainer")
    gatekeeper = environment(manifests, "Deployment", "gatekeeper")
    predictor = environment(manifests, "Deployment", "predictor")
    assert trainer["TRAINER_DROP"] == 'a<b & "c"'
    assert trainer["TRAINER_SPLIT_SALT"] == "7"
    assert gatekeeper["GATEKEEPER_SKIP_IDENTICAL"] == "true"
    assert gatekeeper["GATEKEEPER_MAX_HOLDOUT_LOSS"] == "0.05"
    assert predictor["PREDICTOR_MAX_BODY_BYTES"] == "16777216"
    assert {each["METRIC"] for each in (trainer, gatekeeper, predictor)} == {"accuracy"}
    (container,) = pod_template(find(manifests, "Deployment", "predictor"))["spec"]["containers"]
    (key,) = (each for each in container["env"] if each["name"] == "PREDICTOR_API_KEY")
    assert key["valueFrom"] == {"secretKeyRef": {"name": "keys", "key": "own"}}


def test_the_page_of_spans_shows_the_values_that_let_services_send_them(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "spans.md").read_text()
    (values,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "values.yaml").write_text(values)
    headers = "settings.common.OTEL_EXPORTER_OTLP_HEADERS"
    secret = (f"{headers}.secret=otlp", f"{headers}.key=headers")
    options = ("--values", str(tmp_path / "values.yaml"), "--set", ",".join(secret))
    manifests = render("default", *options)
    for kind, role in (
        ("CronJob", "trainer"),
        ("Deployment", "gatekeeper"),
        ("Deployment", "predictor"),
    ):
        variables = environment(manifests, kind, role)
        assert variables["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector.observability:4318"
        assert variables["OTEL_EXPORTER_OTLP_HEADERS"] == ""  # it is in the Secret
        names, receiver = find(manifests, "NetworkPolicy", role)["spec"]["egress"]
        assert {each["port"] for each in names["ports"]} == {53}
        assert [each["port"] for each in receiver["ports"]] == [4318]


def test_a_service_answers_to_its_names_in_the_cluster_and_to_those_of_the_user() -> None:
    option = "settings.predictor.PREDICTOR_ALLOWED_HOSTS=models.example.com"
    predictor = environment(render("default", "--set", option), "Deployment", "predictor")
    assert predictor["PREDICTOR_ALLOWED_HOSTS"].split(",") == [
        *("modelgate-predictor.ml", "modelgate-predictor.ml.svc"),
        *("modelgate-predictor.ml.svc.cluster.local", "models.example.com"),
    ]


def test_another_job_has_another_name_and_the_same_job_the_same() -> None:
    first = find(render(), "Job", "trainer")["metadata"]["name"]
    assert find(render("autoscaling"), "Job", "trainer")["metadata"]["name"] == first
    other = find(render("default", "--set", "settings.trainer.TRAINER_SEED=7"), "Job", "trainer")
    assert other["metadata"]["name"] != first


def test_a_digest_takes_the_place_of_the_tag() -> None:
    digest = f"sha256:{'a' * 64}"
    images = f"images.registry=registry.example.com/team/,images.predictor.digest={digest}"
    specs = dict(pod_specs(render("default", "--set", images)))
    (predictor,) = specs["modelgate-predictor"]["containers"]
    assert predictor["image"] == f"registry.example.com/team/modelgate-predictor@{digest}"
    (gatekeeper,) = specs["modelgate-gatekeeper"]["containers"]
    assert gatekeeper["image"] == f"registry.example.com/team/modelgate-gatekeeper:{VERSION}"


def test_autoscaling_leaves_the_number_of_pods_to_the_autoscaler() -> None:
    default, scaled = render(), render("autoscaling")
    deployment = find(scaled, "Deployment", "predictor")
    assert "replicas" not in deployment["spec"]
    target = find(scaled, "HorizontalPodAutoscaler", "predictor")["spec"]["scaleTargetRef"]
    assert target["name"] == deployment["metadata"]["name"]
    assert find(default, "Deployment", "predictor")["spec"]["replicas"] == 2


def test_the_alerts_are_those_of_the_file_for_the_jobs_of_this_release() -> None:
    written = yaml.safe_load((ROOT / "deploy" / "monitoring" / "alerts.yml").read_text())
    (rule,) = [each for each in render("autoscaling") if each["kind"] == "PrometheusRule"]
    jobs = 'up{job=~"modelgate-(gatekeeper|predictor)",namespace="ml"} == 0'
    assert written["groups"][0]["rules"][0]["expr"] == 'up{job="modelgate"} == 0'
    written["groups"][0]["rules"][0]["expr"] = jobs
    assert rule["spec"] == written
    assert not [each for each in render() if each["kind"] == "PrometheusRule"]


def test_a_volume_of_one_node_keeps_all_pods_on_one_node() -> None:
    for name, spec in pod_specs(render("one-node")):
        (rule,) = spec["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        assert rule["topologyKey"] == "kubernetes.io/hostname", name
        assert "topologySpreadConstraints" not in spec
    assert all("affinity" not in spec for _, spec in pod_specs(render()))


def test_tables_and_modules_are_mounted_where_settings_look() -> None:
    options = "mounts.data.persistentVolumeClaim.claimName=rows,mounts.examples.configMap.name=mine"
    for name, spec in pod_specs(render("default", "--set", options)):
        for container in containers(spec)[1:]:
            found = {each["name"]: each for each in container["volumeMounts"]}
            assert found["examples"]["mountPath"] == "/app/examples", name
            assert ("data" in found) == (container["name"] == "trainer")
            assert found["examples"]["readOnly"]
