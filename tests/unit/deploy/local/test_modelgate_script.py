"""./modelgate: the commands of make, with their own exit statuses."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from shared.version import VERSION
from tests.support.project import ROOT
from tests.unit.deploy.local.checkout import Checkout

SCRIPT = ROOT / "modelgate"


@pytest.fixture
def script(checkout: Checkout) -> Path:
    """Put the script into the checkout, with the files that it calls."""
    for name in ("modelgate", "deploy/local/stack.sh", "shared/version.py"):
        path = checkout.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((ROOT / name).read_bytes())
        path.chmod(0o755)
    checkout.project.touch()
    return checkout.root / "modelgate"


def call(checkout: Checkout, script: Path, *arguments: str, folder: Path | None = None) -> str:
    """Call the script in *folder*, and return its output and its errors."""
    path = f"{checkout.root / 'bin'}:/usr/bin:/bin"
    done = subprocess.run(
        [script, *arguments],
        cwd=folder or checkout.root,
        env={"PATH": path, "FAKE_PROJECT": str(checkout.project)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{done.returncode}\n{done.stdout}{done.stderr}"


def test_its_commands_are_those_of_make() -> None:
    usage = subprocess.run([SCRIPT, "--help"], capture_output=True, text=True, check=True).stdout
    commands = dict(re.findall(r"^  ([a-z-]+)[A-Z \[\]….]* {2,}(.*)$", usage, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text().split("##@ Images")[0].split("##@ Run")[1]
    targets = dict(re.findall(r"^([a-z-]+):.*## ([^(:;\n]*[a-z])", makefile, re.MULTILINE))
    assert len(targets) > 12
    assert list(commands) == list(targets)
    for name, text in targets.items():
        assert commands[name].startswith(text), name


@pytest.mark.parametrize("command", ["history", "retrain", "rollback", "restore", "api-key"])
def test_each_command_explains_itself_without_a_stack(command: str) -> None:
    for option in ("--help", "-h"):
        shown = subprocess.run(
            [SCRIPT, command, option], capture_output=True, text=True, check=True
        )
        assert re.search(rf"^  {command} ", shown.stdout, re.MULTILINE)


def test_it_prints_its_version() -> None:
    printed = subprocess.run([SCRIPT, "--version"], capture_output=True, text=True, check=True)
    assert printed.stdout == f"modelgate {VERSION}\n"


def test_it_keeps_the_exit_status_of_the_trainer(checkout: Checkout, script: Path) -> None:
    checkout.project.unlink()
    status = "import sys; sys.exit(3 if '--require-promotion' in sys.argv else 0)"
    checkout.program(
        checkout.root / ".venv/bin/python", f'#!/bin/sh\nexec python3 -c "{status}" "$@"\n'
    )
    environment = {"PATH": "/usr/bin:/bin:/usr/local/bin", "STACK": "local"}
    for options, expected in ((["--require-promotion"], 3), ([], 0)):
        done = subprocess.run([script, "retrain", *options], env=environment, check=False)
        assert done.returncode == expected


def test_it_works_from_another_folder(
    checkout: Checkout, script: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "mine.csv").touch()
    said = call(checkout, script, "retrain", "TRAINER_DATASET=mine.csv", folder=elsewhere)
    assert f"\n{elsewhere}/mine.csv:/inputs/mine.csv:ro\n" in said
    link = elsewhere / "link"
    link.symlink_to(script)
    assert call(checkout, link, "history", folder=elsewhere).startswith("0\ndocker\ncompose\nexec")
    said = call(checkout, script, "fsck", "STORE_DIR=mine", "STACK=local", folder=elsewhere)
    assert said.startswith("0\npython\n-m\nshared.maintenance.fsck\n")


def test_a_table_is_checked_without_a_stack_and_from_another_folder(
    checkout: Checkout, script: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    checkout.project.unlink()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    data = f"TRAINER_DATASET={elsewhere}/mine.csv"
    said = call(checkout, script, "check-data", "TRAINER_DATASET=mine.csv", folder=elsewhere)
    page = checkout.root / "build" / "check-data.html"
    start = f"0\nSettings of this command: {data}\npython\n-m\ntrainer.check_data\n--page\n"
    assert said == f"{start}{page}\n{data}\n"
    said = call(checkout, script, "check-data", "my page.html", folder=elsewhere)
    assert said.endswith(f"--page\n{elsewhere}/my page.html\n")


def test_settings_and_arguments_come_in_any_order(checkout: Checkout, script: Path) -> None:
    said = call(checkout, script, "retrain", "TRAINER_SEED=7", "--require-promotion", "METRIC=f1")
    assert {"TRAINER_SEED=7", "METRIC=f1", "--require-promotion"} <= set(said.splitlines())
    said = call(checkout, script, "approve", "some-id", "it's = fine")
    assert said.splitlines()[-3:] == ["approve", "some-id", "it's = fine"]
    said = call(checkout, script, "rollback", "1", "it's bad", "MODELGATE_USER=Ada L.")
    assert said.splitlines()[-5:] == ["rollback", "1", "it's bad", "--by", "Ada L."]


@pytest.mark.parametrize("reason", ["AUC=0.7 at night", "ROC_AUC=0.7", "Errors = 3 %"])
@pytest.mark.parametrize("command", [["rollback", "1"], ["approve", "some-id"]])
def test_a_reason_may_look_like_a_setting(
    checkout: Checkout, script: Path, command: list[str], reason: str
) -> None:
    said = call(checkout, script, *command, reason, "STACK=compose", "GATEKEEPER_PORT=8011")
    assert said.startswith("0\n"), said
    assert said.splitlines()[-3:] == [*command, reason]


@pytest.mark.parametrize("command", [["rollback", "1"], ["approve", "some-id", "good"], ["status"]])
@pytest.mark.parametrize(
    "setting", ["PREDICTOR_PORT=8123", "TRAINER_SEED=7", "METRIC=r2", "LOG_LEVEL=DEBUG"]
)
def test_a_setting_of_any_service_is_no_reason(
    checkout: Checkout, script: Path, command: list[str], setting: str
) -> None:
    said = call(checkout, script, *command, setting, "STACK=compose")
    assert said.startswith("0\n"), said
    assert said.splitlines()[-len(command) :] == command
    assert setting not in said.splitlines()[-len(command) :]


@pytest.mark.parametrize("reason", ["METRIC=0.7", "TRAINER_SEED=7 was better", "r2=0.9"])
def test_words_after_a_setting_are_a_reason(checkout: Checkout, script: Path, reason: str) -> None:
    said = call(checkout, script, "rollback", "1", reason, "STACK=compose")
    assert said.splitlines()[-3:] == ["rollback", "1", reason]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["frobnicate"], "'frobnicate' is not a command"),
        (["rollback"], "'rollback' needs a VERSION"),
        (["approve", "some-id"], "'approve' needs an ID and a REASON"),
        (["restore"], "'restore' needs a FILE"),
        (["retrain", "TRAINER-SEED=7"], "'TRAINER-SEED=7' is not a setting"),
        (
            ["publish", "MODEL=models:/churn@champion", "HOLDOUT=h.csv", "TARGET=y"],
            "mlflow artifacts download -u models:/churn@champion -d model",
        ),
        (["retrain", "trainer_seed=7"], "Write its name in capitals: TRAINER_SEED=7"),
        (["rollback", "1", "predictor_port=81"], "Write its name in capitals: PREDICTOR_PORT=81"),
    ],
)
def test_a_wrong_command_is_explained(
    checkout: Checkout, script: Path, arguments: list[str], says: str
) -> None:
    said = call(checkout, script, *arguments)
    assert said.startswith("2\nerror: ")
    assert says in said


def test_an_id_to_forget_may_look_like_a_setting(checkout: Checkout, script: Path) -> None:
    said = call(checkout, script, "forget", "order=7", "IDS=ids.txt", folder=checkout.root)
    assert said.startswith("2\n") or "cannot open" in said, said
    (checkout.root / "ids.txt").touch()
    said = call(checkout, script, "forget", "order=7", "A=$b", "IDS=ids.txt")
    assert said.splitlines()[-6:] == ["forget", "--ids", "-", "--", "order=7", "A=$b"], said
    assert call(checkout, script, "forget", "--", "-x").splitlines()[-2:] == ["--", "-x"]
    assert "needs an ID" in call(checkout, script, "forget")


@pytest.mark.parametrize(
    ("target", "missing"),
    [
        ("rollback", "VERSION"),
        ("api-key", "NAME"),
        ("forget", "ID"),
        ("predictions", "FILE"),
        ("score", "IN"),
        ("card", "VERSION"),
    ],
)
def test_make_takes_no_argument_from_the_environment(target: str, missing: str) -> None:
    environment = {"PATH": os.environ["PATH"], missing: "of another program"}
    shown = subprocess.run(
        ["make", target], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert shown.returncode == 2, "it has stopped before the command"
    assert f"error: {missing} " in shown.stderr


@pytest.mark.parametrize("form", ["make", "./modelgate"])
def test_only_a_given_name_is_that_of_a_published_model(
    checkout: Checkout, script: Path, form: str
) -> None:
    """WSL sets NAME to the name of the machine."""
    (script.parent / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    checkout.project.unlink()
    files = ["MODEL=m.onnx", "HOLDOUT=h.csv", "TARGET=y"]
    for given, expected in (([], []), (["NAME=my model"], ["--name", "my model"])):
        done = subprocess.run(
            [form, "publish", *files, *given],
            cwd=script.parent,
            env={"PATH": os.environ["PATH"], "NAME": "laptop", "STACK": "local"},
            capture_output=True,
            text=True,
            check=True,
        )
        words = done.stdout.splitlines()
        start = words.index("trainer.publish") + 1
        assert words[start : words.index("--holdout")] == expected
