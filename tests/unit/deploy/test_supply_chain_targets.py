"""`make audit` and `make sbom` leave out no lock and no image."""

import re
import subprocess

import yaml

from tests.support.project import ROOT


def commands_of(target: str) -> str:
    """Return the commands that make would run for a target, with its prerequisites."""
    shown = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return shown.stdout


def test_every_lock_is_audited_and_an_unknown_package_is_an_error() -> None:
    audit = commands_of("audit")
    locks = {str(path.relative_to(ROOT)) for path in ROOT.glob("requirements/*.txt")}
    assert set(re.findall(r"--requirement (\S+)", audit)) == locks
    assert "pip-audit --strict --require-hashes --disable-pip" in audit


def test_every_image_that_compose_builds_gets_a_list() -> None:
    built = re.findall(
        r"build: \{<<: \*build, target: (\w+)\}", (ROOT / "docker-compose.yml").read_text()
    )
    listed = re.search(
        r"for service in ([a-z ]+); do .*cyclonedx-json", commands_of("sbom"), re.DOTALL
    )
    assert listed is not None
    assert set(listed[1].split()) == set(built)


def test_ci_and_the_server_of_the_document_have_the_same_base_image_by_digest() -> None:
    tag = re.search(r"^ARG BASE_IMAGE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert tag is not None
    pinned = set()
    for name in (".github/workflows/ci.yml", ".github/workflows/release.yml", "docs/deploy.md"):
        found = re.findall(r"BASE_IMAGE[:=] ?(\S+@\S+)", (ROOT / name).read_text())
        assert found, name
        pinned |= set(found)
    (image,) = pinned
    assert re.fullmatch(rf"{re.escape(tag[1])}@sha256:[0-9a-f]{{64}}", image)


def test_every_action_is_named_by_its_commit() -> None:
    workflows = [*(ROOT / ".github" / "workflows").glob("*.yml")]
    used = [each for path in workflows for each in re.findall(r"uses: (\S+)", path.read_text())]
    assert len(used) > 5
    own = "./.github/workflows/ci.yml"
    assert all(each == own or re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", each) for each in used), used


def test_a_release_builds_and_signs_every_image_for_both_platforms() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]
    build, publish = jobs["build"], jobs["publish"]
    built = set(build["strategy"]["matrix"]["service"])
    compose = (ROOT / "docker-compose.yml").read_text()
    assert built == set(re.findall(r"build: \{<<: \*build, target: (\w+)\}", compose))
    assert set(publish["strategy"]["matrix"]["service"]) == built
    platforms = build["strategy"]["matrix"]["platform"]
    (merge,) = [step["run"] for step in publish["steps"] if "imagetools create" in str(step)]
    assert [f'"$IMAGE:$TAG-{platform}"' in merge for platform in platforms] == [True, True]
    signed = [
        [step["with"] for step in job["steps"] if "actions/attest@" in step.get("uses", "")]
        for job in (build, publish)
    ]
    assert ["sbom-path" in each for each in signed[0]] == [True, False], "packages and provenance"
    assert len(signed[1]) == 1
    for each in (*signed[0], *signed[1]):
        assert each["subject-digest"] == "${{ steps.image.outputs.digest }}"
    assert "checks" in build["needs"], "nothing is published before all tests pass"
    assert jobs["checks"] == {"uses": "./.github/workflows/ci.yml"}


def test_the_scripts_of_the_workflows_are_bash() -> None:
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        for name, job in yaml.safe_load(path.read_text())["jobs"].items():
            for step in job.get("steps", ()):
                script = re.sub(r"\$\{\{.*?\}\}", "VALUE", step.get("run", ""))
                done = subprocess.run(
                    ["bash", "-n"], input=script, capture_output=True, text=True, check=False
                )
                assert done.returncode == 0, f"{path.name}, {name}: {done.stderr}"
