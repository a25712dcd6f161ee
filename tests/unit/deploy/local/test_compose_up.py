"""`make up` finds ports that are in use before Docker builds or starts anything."""

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes.ports import free_ports
from tests.support.project import ROOT

SCRIPT = ROOT / "deploy" / "local" / "compose_up.sh"
DOCKER = """#!/bin/sh
case "$*" in
"compose config") cat "$FAKE_CONFIG" ;;
"ps --filter label=com.docker.compose.project=modelgate --format {{.Ports}}") cat "$FAKE_PORTS" ;;
*trainer.check_data*) echo check "$@"; exit "$FAKE_STATUS" ;;
*) echo docker "$@" ${TRAINER_DATASET:-} ;;
esac
"""
SERVICE = """\
  {name}:
    depends_on:
      volume-init:
        condition: service_completed_successfully
    ports:
      - mode: ingress
        host_ip: {host}
        target: 8000
        published: "{port}"
        protocol: tcp
"""


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.fixture
def free() -> int:
    return free_ports(1)


class Project:
    """A compose project with a docker that only prints what it was asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "docker").write_text(DOCKER)
        (root / "docker").chmod(0o755)
        (root / "ports").touch()
        self.check_status = 0

    def publishes(self, host: str = "127.0.0.1", **ports: int | str) -> None:
        services = (SERVICE.format(name=name, host=host, port=port) for name, port in ports.items())
        (self.root / "config").write_text(
            "name: modelgate\nservices:\n" + "".join(services) + "volumes:\n  store: {}\n"
        )

    def up(self, *options: str, **variables: str) -> tuple[int, str]:
        done = subprocess.run(
            ["sh", SCRIPT, *options],
            cwd=self.root,
            env={
                "PATH": f"{self.root}:{os.environ['PATH']}",
                "FAKE_CONFIG": str(self.root / "config"),
                "FAKE_PORTS": str(self.root / "ports"),
                "FAKE_STATUS": str(self.check_status),
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_with_free_ports_compose_starts_with_the_options(project: Project, free: int) -> None:
    project.publishes(predictor=free)
    assert project.up("--wait", "--build") == (0, "docker compose up --wait --build\n")


def test_a_dataset_of_the_checkout_has_its_path_in_the_containers(
    project: Project, free: int
) -> None:
    project.publishes(predictor=free)
    for given in ("data/mine.csv", f"{project.root}/data/mine.csv"):
        assert project.up(TRAINER_DATASET=given) == (0, "docker compose up data/mine.csv\n")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - nothing is bound to it
def test_a_port_in_use_is_named_with_its_variable_and_a_free_value(
    project: Project, taken: int, host: str
) -> None:
    project.publishes(host, predictor=taken)
    status, said = project.up()
    assert status == 1
    assert f"uses port {taken} of {host}, which the predictor needs" in said
    found = re.search(r"make up PREDICTOR_PORT=(\d+)$", said, re.MULTILINE)
    assert found is not None, said
    project.publishes(predictor=found[1])
    assert project.up()[0] == 0


def test_all_ports_in_use_are_named_at_once(project: Project, taken: int, free: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        project.publishes(gatekeeper=taken, predictor=other.getsockname()[1])
        said = project.up()[1]
    assert "make up GATEKEEPER_PORT=" in said
    assert "make up PREDICTOR_PORT=" in said


def test_a_backslash_in_a_setting_does_not_hide_a_port(project: Project, taken: int) -> None:
    project.publishes(predictor=taken)
    configuration = project.root / "config"
    setting = "x-environment:\n  TRAINER_MISSING: '\\c'\n"
    configuration.write_text(setting + configuration.read_text())
    assert f"uses port {taken} of 127.0.0.1" in project.up()[1]


def test_a_range_is_checked_to_its_end(project: Project, taken: int) -> None:
    project.publishes(predictor=f"{taken - 2}-{taken}")
    assert f"uses port {taken} of 127.0.0.1" in project.up()[1]


def test_two_services_need_two_ports(project: Project, free: int) -> None:
    project.publishes(gatekeeper=free, predictor=free)
    status, said = project.up()
    assert (status, f"Two services have the port {free}" in said) == (1, True)


def test_the_ports_of_the_projects_own_containers_are_not_in_use(
    project: Project, taken: int
) -> None:
    project.publishes(predictor=taken)
    (project.root / "ports").write_text(f"127.0.0.1:{taken}->8000/tcp\n")
    assert project.up()[0] == 0


def test_a_table_is_checked_before_the_start(project: Project, free: int) -> None:
    project.publishes(predictor=free)
    config = project.root / "config"
    for dataset, is_checked in (("data/mine.csv", True), ("null", False), ('""', False)):
        variable = f"    environment:\n      TRAINER_DATASET: {dataset}\n"
        config.write_text(config.read_text() + variable)
        says = project.up()[1].splitlines()
        assert [line.split()[0] for line in says] == ["check", "docker"][not is_checked :]
        project.publishes(predictor=free)


def test_a_bad_table_starts_nothing_and_other_failures_are_left_to_the_trainer(
    project: Project, free: int
) -> None:
    project.publishes(predictor=free)
    with (project.root / "config").open("a") as config:
        config.write("    environment:\n      TRAINER_DATASET: data/mine.csv\n")
    for project.check_status, lines in ((2, 1), (1, 2)):
        status, said = project.up()
        assert (status == 2, len(said.splitlines())) == (lines == 1, lines)
    assert said.startswith(
        "check compose run --rm --no-deps -T trainer trainer.check_data --only-problems"
    )


def test_without_docker_it_says_how_to_start(tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", SCRIPT],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "make run" in done.stderr) == (1, True)
