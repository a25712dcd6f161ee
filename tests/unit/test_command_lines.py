"""Small commands explain themselves with --help, and do nothing if their arguments are wrong."""

import importlib
import sys
from pathlib import Path

import pytest

FILE_COMMANDS = (
    "shared.maintenance.backup",
    "shared.maintenance.restore",
    "shared.prediction_table.export",
)
COMMANDS = (
    *FILE_COMMANDS,
    "shared.maintenance.fsck",
    "shared.forgetting.forget",
    "deploy.containers.health_probe",
    "deploy.containers.launch",
    "deploy.containers.notifier_probe",
    "deploy.containers.restore",
    "deploy.containers.tracking_probe",
    "deploy.containers.volume_owners",
    "deploy.containers.welcome",
    "deploy.local.api_key",
    "deploy.local.keys",
    "deploy.local.run",
    "deploy.local.welcome",
)


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty directory, on a store that does not exist."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STORE_DIR", str(tmp_path / "store"))
    return tmp_path


def exit_code(module: str, *arguments: str) -> object:
    """Call the command in this process; return the code with which it exits."""
    main = importlib.import_module(module).main
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [module, *arguments])
        try:
            code: object = main()
        except SystemExit as stopped:
            code = stopped.code
    return code


@pytest.mark.parametrize("module", COMMANDS)
def test_help_prints_the_usage_and_does_nothing(
    module: str, empty_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(module, "--help") == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m {module}")
    assert list(empty_directory.iterdir()) == []


@pytest.mark.parametrize("module", COMMANDS)
def test_wrong_arguments_are_refused_before_anything_is_done(
    module: str, empty_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(module, "--unknown") == 2
    assert capsys.readouterr().err.startswith(f"usage: python -m {module}")
    assert list(empty_directory.iterdir()) == []


@pytest.mark.parametrize("module", FILE_COMMANDS)
@pytest.mark.parametrize("arguments", [["-1"], ["--", "--help"]])
def test_a_file_name_does_not_begin_with_a_minus(
    module: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(module, *arguments) == 2
    assert f"FILE begins with '-'; write it as ./{arguments[-1]}" in capsys.readouterr().err
