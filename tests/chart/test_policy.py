"""Every rendered pod follows the policy: confined, limited, probed, and with images by version."""

import pytest

from tests.chart.rendering import (
    VALUES,
    Manifest,
    containers,
    find,
    pod_specs,
    pod_template,
    render,
)

pytestmark = pytest.mark.chart

ROWS = 10000
USERS = {"trainer": 10001, "gatekeeper": 10002, "predictor": 10003, "notifier": 10004}
CONFINED = {
    "readOnlyRootFilesystem": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}
VOLUMES = {"name", "persistentVolumeClaim", "emptyDir", "projected"}
"""Fields of volumes in the documented values. The Pod Security Standards allow all of them."""
ROOT_CONTAINER = "volume-init"
WRITES = {
    "trainer": ["candidates"],
    "predictor": ["serving", "live", "predictions"],
    "notifier": ["notifications"],
}

every_values = pytest.mark.parametrize("values", VALUES)


@every_values
def test_no_pod_has_rights_of_the_cluster_or_of_its_node(values: str) -> None:
    for name, spec in pod_specs(render(values)):
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["enableServiceLinks"] is False, name
        assert not {key for key in spec if key.startswith("host")}, name
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert all(volume.keys() <= VOLUMES for volume in spec["volumes"]), name


@every_values
def test_every_container_is_confined(values: str) -> None:
    for name, spec in pod_specs(render(values)):
        for container in containers(spec):
            context = container["securityContext"]
            if container["name"] == ROOT_CONTAINER and values != "restricted":
                assert context == {
                    **CONFINED,
                    "runAsUser": 0,
                    "runAsGroup": 0,
                    "runAsNonRoot": False,
                    "capabilities": {"drop": ["ALL"], "add": ["CHOWN"]},
                }
            else:
                assert context == CONFINED, name


@every_values
def test_every_container_has_requests_and_limits(values: str) -> None:
    for name, spec in pod_specs(render(values)):
        for container in containers(spec):
            assert container["resources"]["limits"].keys() == {"cpu", "memory"}, name
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}, name
        (tmp,) = (volume for volume in spec["volumes"] if volume["name"] == "tmp")
        assert tmp["emptyDir"]["medium"] == "Memory"
        assert tmp["emptyDir"]["sizeLimit"]


@every_values
def test_every_image_has_a_version(values: str) -> None:
    for name, spec in pod_specs(render(values)):
        for container in containers(spec):
            image, _, tag = container["image"].rpartition(":")
            assert image, name
            assert tag not in {"", "latest"}, name


@every_values
def test_services_are_probed_so_that_a_frozen_one_is_soon_out_of_use(values: str) -> None:
    for role in ("gatekeeper", "predictor"):
        (container,) = pod_template(find(render(values), "Deployment", role))["spec"]["containers"]
        for probe, path in {
            "startupProbe": "/livez",
            "livenessProbe": "/livez",
            "readinessProbe": "/readyz",
        }.items():
            assert container[probe]["httpGet"]["path"] == path
        ready = container["readinessProbe"]
        assert ready["failureThreshold"] == 2
        assert ready["periodSeconds"] + ready["timeoutSeconds"] <= 3


@every_values
def test_ports_name_their_protocol(values: str) -> None:
    for each in render(values):
        if each["kind"] == "Service":
            assert [port["protocol"] for port in each["spec"]["ports"]] == ["TCP"]
    for _, spec in pod_specs(render(values)):
        for container in containers(spec):
            assert all(port["protocol"] == "TCP" for port in container.get("ports", []))


@every_values
def test_a_service_writes_only_its_part_of_the_store(values: str) -> None:
    for name, spec in pod_specs(render(values)):
        for container in spec["containers"]:
            writable = {
                (mount["mountPath"], mount.get("subPath"))
                for mount in container["volumeMounts"]
                if not mount.get("readOnly") and mount["name"] != "tmp"
            }
            parts = WRITES.get(container["name"])
            own = {(f"/store/{part}", part) for part in parts} if parts else {("/store", None)}
            assert writable == own, name


@every_values
def test_a_service_reads_only_its_own_secrets(values: str) -> None:
    for name, spec in pod_specs(render(values)):
        for volume in spec["volumes"]:
            if volume["name"] == "secrets":
                assert volume["projected"]["defaultMode"] == 0o444, name
                sources = [source["secret"] for source in volume["projected"]["sources"]]
                assert all(len(source["items"]) == 1 for source in sources), name
        for container in spec["containers"]:
            files = {item["path"] for item in secret_items(spec)}
            values_of = [each.get("value", "") for each in container["env"]]
            assert {f"/etc/modelgate/{file}" for file in files} == {
                each for each in values_of if each.startswith("/etc/modelgate/")
            }


def secret_items(spec: Manifest) -> list[dict[str, str]]:
    """Return the keys and paths of all Secrets of a pod."""
    return [
        item
        for volume in spec["volumes"]
        for source in volume.get("projected", {}).get("sources", [])
        for item in source["secret"]["items"]
    ]


def test_no_private_key_reaches_a_service_that_does_not_sign_with_it() -> None:
    found = {
        spec["containers"][0]["name"]: {item["key"] for item in secret_items(spec)}
        for _, spec in pod_specs(render("signing"))
    }
    assert found == {
        "trainer": {"trainer.pem"},
        "gatekeeper": {"trainer.pub.pem", "gatekeeper.pem"},
        "predictor": {"gatekeeper.pub.pem"},
    }


def test_users_share_the_volume_and_none_of_them_by_its_group() -> None:
    for values in sorted(VALUES.keys() - {"restricted"}):
        for name, spec in pod_specs(render(values)):
            context = spec["securityContext"]
            user = USERS[spec["containers"][0]["name"]]
            assert (context["runAsUser"], context["runAsGroup"]) == (user, user), name
            assert "fsGroup" not in context, "it would make the volume writable for each user"
            groups = context.get("supplementalGroups", [])
            assert groups == ([] if user == USERS["notifier"] else [ROWS]), name


def test_only_the_notifier_gets_webhooks_and_opens_connections() -> None:
    manifests = render("webhooks")
    for name, spec in pod_specs(manifests):
        (container,) = spec["containers"]
        names = {each["name"] for each in container["env"]}
        assert ("GATEKEEPER_WEBHOOKS" in names) is (container["name"] == "notifier"), name
    policies = [each["spec"] for each in manifests if each["kind"] == "NetworkPolicy"]
    (rule,) = (rule for policy in policies for rule in policy.get("egress", []))
    assert {(each["port"], each["protocol"]) for each in rule["ports"]} == {
        (53, "UDP"),
        (53, "TCP"),
        (443, "TCP"),
    }
    notifier = find(manifests, "NetworkPolicy", "notifier")["spec"]
    assert notifier["egress"] == [rule]
    assert "ingress" not in notifier
    strategy = find(manifests, "Deployment", "notifier")["spec"]["strategy"]
    assert strategy == {"type": "Recreate"}
    assert all(each["metadata"]["name"] != "modelgate-notifier" for each in render("default"))


def test_a_restricted_namespace_has_no_root_and_assigns_the_user() -> None:
    for name, spec in pod_specs(render("restricted")):
        assert not spec["securityContext"].keys() & {"runAsUser", "runAsGroup", "fsGroup"}, name
    named = render("restricted", "--set", "users.id=20001,users.group=20002")
    for name, spec in pod_specs(named):
        context = spec["securityContext"]
        assert (context["runAsUser"], context["fsGroup"]) == (20001, 20002), name


@every_values
def test_a_rolling_update_keeps_every_predictor_until_a_new_one_is_ready(values: str) -> None:
    manifests = render(values)
    strategy = find(manifests, "Deployment", "predictor")["spec"]["strategy"]
    assert strategy["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert find(manifests, "PodDisruptionBudget", "predictor")["spec"]["maxUnavailable"] == 1
    gatekeeper = find(manifests, "Deployment", "gatekeeper")["spec"]
    assert (gatekeeper["replicas"], gatekeeper["strategy"]) == (1, {"type": "Recreate"})


@every_values
def test_a_predictor_may_drain_and_end_its_requests_before_it_is_killed(values: str) -> None:
    spec = pod_template(find(render(values), "Deployment", "predictor"))["spec"]
    variables = {each["name"]: each.get("value") for each in spec["containers"][0]["env"]}
    drain, grace = (float(variables[f"PREDICTOR_{name}_SECONDS"]) for name in ("DRAIN", "GRACE"))
    assert drain >= 5
    assert spec["terminationGracePeriodSeconds"] >= drain + grace + 2


@every_values
def test_trainings_do_not_overlap_and_are_repeated_only_where_it_helps(values: str) -> None:
    cron = find(render(values), "CronJob", "trainer")["spec"]
    assert cron["concurrencyPolicy"] == "Forbid"
    first = find(render(values), "Job", "trainer")["spec"]
    for job, statuses in ((cron["jobTemplate"]["spec"], [2, 3, 4]), (first, [2, 3])):
        final, disrupted = job["podFailurePolicy"]["rules"]
        assert (final["action"], final["onExitCodes"]["values"]) == ("FailJob", statuses)
        assert disrupted["action"] == "Ignore"
        assert job["template"]["spec"]["restartPolicy"] == "Never"


def test_a_refusal_fails_the_job_only_if_that_is_wanted() -> None:
    for option, arguments in {
        "retrain.requirePromotion=false": ["trainer"],
        "retrain.requirePromotion=true": ["trainer", "--require-promotion"],
    }.items():
        cron = find(render("default", "--set", option), "CronJob", "trainer")
        assert pod_template(cron)["spec"]["containers"][0]["args"] == arguments


@every_values
def test_uninstalling_keeps_the_store(values: str) -> None:
    claim = find(render(values), "PersistentVolumeClaim", "store")
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


@every_values
def test_services_open_no_connections(values: str) -> None:
    policies = [
        each["spec"]
        for each in render(values)
        if each["kind"] == "NetworkPolicy" and each["metadata"]["name"] != "modelgate-notifier"
    ]
    assert len(policies) == 3
    for policy in policies:
        assert policy["policyTypes"] == ["Ingress", "Egress"]
        assert "egress" not in policy
