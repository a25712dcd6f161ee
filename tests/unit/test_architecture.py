"""The rules between packages hold."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from shared.contract import layout

ROOT = Path(__file__).parents[2]
SERVICES = ("trainer", "gatekeeper", "predictor")
NEEDS_FASTAPI = {"fastapi", "starlette", "fastapi_offline", "uvicorn", "httpx"}
NEEDS_PICTURES = {"jinja2", "markupsafe", "matplotlib", "pygal"}
NEEDS_SKLEARN = {"sklearn", "skl2onnx", "onnx", "pandas", "pyarrow"}


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Top-level names of all modules that a file imports, anywhere in it."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_services_import_shared_and_never_each_other(service: str) -> None:
    others = {*SERVICES, "bench", "deploy", "supply", "tests"} - {service}
    for path in sources(service):
        assert not imports(path) & others, path


def test_shared_imports_no_service_and_few_modules_alone_need_more() -> None:
    for path in sources("shared"):
        found = imports(path)
        assert not found & {*SERVICES, "bench", "deploy", "supply", "tests"}, path
        if path.name not in {"service_app.py", "shutdown_protocol.py"}:
            assert not found & NEEDS_FASTAPI, path
        if path.name not in {"dataframe.py", "scorers.py"}:
            assert not found & NEEDS_SKLEARN, path
        if path.name not in {"svg_charts.py", "html_report.py"}:
            assert not found & NEEDS_PICTURES, path
        if path.name != "signing_keys.py":
            assert "cryptography" not in found, path


def test_the_gatekeeper_itself_needs_nothing_that_runs_models() -> None:
    """Its children do; in the process that answers people and Prometheus it would be memory."""
    script = "import sys, gatekeeper.app; print(*sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(shown.stdout.split())
    assert not loaded & {*NEEDS_SKLEARN, *NEEDS_PICTURES, "numpy", "onnxruntime", "joblib"}


def test_no_file_name_of_the_store_stands_outside_layout() -> None:
    names = {
        value
        for key, value in vars(layout).items()
        if key.isupper() and isinstance(value, str) and "." in value.strip(".")
    }
    assert "registry.json" in names
    for package in (*SERVICES, "shared", "bench", "deploy", "supply"):
        for path in sources(package):
            if path == ROOT / "shared" / "contract" / "layout.py":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant):
                    assert node.value not in names, f"{path}:{node.lineno}"


def test_files_hold_one_idea() -> None:
    for package in (*SERVICES, "shared", "bench", "deploy", "supply"):
        for path in sources(package):
            assert len(path.read_text().splitlines()) <= 250, path
