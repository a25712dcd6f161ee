"""Imports go in one direction between packages, rooms of a package, and files."""

import ast
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pytest

from shared.contract import layout
from tests.support.project import ROOT

SERVICES = ("trainer", "gatekeeper", "predictor")
PACKAGES = (*SERVICES, "shared", "deploy", "bench")
WIDEST_FOLDER = 16
LONGEST_FILE = 250
LONGEST_TEST_FILE = 300

ROOMS = {
    # A room, or a module beside the rooms, and its allowed imports from its own package.
    "shared.maintenance": "store contract settings errors",
    "shared.reports": "scoring contract metric_text score_format",
    "shared.scoring": "inference contract errors",
    "shared.inference": "store contract errors",
    "shared.http": "errors version",
    "shared.store": "contract errors",
    "shared.contract": "secret_file errors",
    "shared.check_text": "contract metric_text",
    "shared.metric_text": "score_format",
    "shared.errors": "",
    "shared.settings": "setting_text scoring errors",
    "shared.setting_text": "likely_values",
    "shared.likely_values": "",
    "shared.column_list": "errors",
    "shared.secret_file": "errors",
    "shared.runtime_versions": "version",
    "trainer.__main__": (
        "training preparation given_settings problems console exit_status signals settings"
    ),
    "trainer.given_settings": "problems settings",
    "trainer.check_data": (
        "preparation table_check publishing given_settings problems console exit_status signals "
        "settings"
    ),
    "trainer.training": (
        "preparation publishing export fitting candidates dataset console settings step_times"
    ),
    "trainer.preparation": (
        "table_check publishing candidates splits dataset dataset.columns console problems "
        "settings step_times"
    ),
    "trainer.table_check": "dataset tables tables.columns tables.dates problems",
    "trainer.publishing": "export dataset console settings",
    "trainer.export": "conversion conversion.functions fitting candidates dataset console",
    "trainer.fitting": "candidates dataset console",
    "trainer.conversion": (
        "conversion.estimators conversion.steps conversion.functions conversion.nodes "
        "candidates dataset"
    ),
    "trainer.conversion.functions": (
        "conversion.recording conversion.expressions conversion.nodes candidates"
    ),
    "trainer.conversion.recording": "conversion.expressions",
    "trainer.conversion.expressions": "conversion.nodes",
    "trainer.conversion.estimators": "conversion.nodes",
    "trainer.conversion.steps": "conversion.nodes",
    "trainer.conversion.nodes": "",
    "trainer.candidates": "dataset",
    "trainer.splits": "dataset problems",
    "trainer.dataset": "dataset.columns tables tables.columns tables.dates problems settings",
    "trainer.dataset.columns": "tables tables.columns problems",
    "trainer.tables": "tables.columns tables.dates problems settings",
    "trainer.tables.columns": "tables.dates",
    "trainer.tables.dates": "",
    "gatekeeper.__main__": "app settings",
    "gatekeeper.client": "client_output api settings",
    "gatekeeper.client_output": "policy aligned_text",
    "gatekeeper.aligned_text": "",
    "gatekeeper.app": "pages api settings",
    "gatekeeper.pages": "api decisions policy policy.scores evidence settings",
    "gatekeeper.api": "background decisions evaluation policy policy.terms evidence settings",
    "gatekeeper.background": "decisions evidence settings",
    "gatekeeper.decisions": "evaluation policy policy.submission policy.terms evidence settings",
    "gatekeeper.evaluation": "policy.terms evidence",
    "gatekeeper.settings": "policy.terms",
    "gatekeeper.sandbox": "statistics evidence",
    "gatekeeper.policy": (
        "policy.submission policy.serving policy.holdout policy.scores policy.terms evidence"
    ),
    "gatekeeper.policy.submission": "policy.terms evidence",
    "gatekeeper.policy.serving": "policy.terms evidence",
    "gatekeeper.policy.holdout": "policy.terms evidence",
    "gatekeeper.policy.scores": "policy.terms evidence",
    "gatekeeper.policy.terms": "evidence",
    "gatekeeper.statistics": "",
    "gatekeeper.evidence": "",
    "predictor.__main__": "server settings",
    "predictor.client": "settings",
    "predictor.server": "app metrics settings",
    "predictor.app": "open_inference http prediction metrics lifecycle codec settings",
    "predictor.open_inference": "http prediction lifecycle codec",
    "predictor.http": "prediction lifecycle codec",
    "predictor.prediction": "metrics lifecycle codec settings",
    "predictor.metrics": "codec lifecycle",
    "predictor.lifecycle": "codec",
    "predictor.codec": "",
    "deploy.local": "greeting",
    "deploy.containers": "greeting",
    "bench.__main__": "sections peers report load harness context",
    "bench.sections": "report load harness context",
    "bench.peers": "report load harness context",
    "bench.peers.apps": "",
    "bench.studies": "harness",
    "bench.context": "load harness",
    "bench.report": "harness",
    "bench.load": "harness",
    "bench.harness": "",
}
LIBRARIES = {
    # Libraries that few images have or that are slow to import, and the rooms that may do so.
    ("fastapi", "starlette", "fastapi_offline", "uvicorn", "httpx"): "shared.http",
    ("sklearn", "pandas", "pyarrow", "skl2onnx", "onnx"): "shared.inference shared.scoring",
    ("jinja2", "markupsafe", "pygal"): "shared.reports",
    ("cryptography",): "shared.contract",
    ("onnxruntime",): "shared.inference",
}
NOT_IN_THE_GATEKEEPER = {
    "sklearn", "skl2onnx", "onnx", "pandas", "pyarrow",
    "jinja2", "markupsafe", "pygal", "numpy", "onnxruntime", "joblib",
}  # fmt: skip


@cache
def modules() -> Mapping[str, Path]:
    """List the modules of the product by their dotted names."""
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


@cache
def imports(module: str) -> frozenset[str]:
    """List what a module imports, within functions too: modules of the product, or libraries."""
    found = set[str]()
    for node in ast.walk(ast.parse(modules()[module].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                found.add(name if name in modules() else node.module)
    return frozenset(found - {module})


def room(module: str) -> str:
    """Name a module's folder, or the module itself where it is beside the rooms."""
    folder = modules()[module].parent.relative_to(ROOT).parts
    return ".".join(folder) if len(folder) > 1 else module


def cycle(arrows: Mapping[str, Iterable[str]]) -> list[str]:
    """Find a path that returns to where it began; empty where there is none."""
    done = set[str]()

    def walk(path: list[str]) -> list[str]:
        for target in arrows.get(path[-1], ()):
            if target in path:
                return [*path[path.index(target) :], target]
            if target not in done and (found := walk([*path, target])):
                return found
        done.add(path[-1])
        return []

    return next((found for start in arrows if (found := walk([start]))), [])


@pytest.mark.parametrize("service", SERVICES)
def test_services_import_shared_and_never_each_other(service: str) -> None:
    others = {*PACKAGES, "tests"} - {service, "shared"}
    for module in modules():
        if module.split(".")[0] == service:
            assert not {name.split(".")[0] for name in imports(module)} & others, module


def test_shared_imports_no_other_package() -> None:
    for module in modules():
        if module.split(".")[0] == "shared":
            assert not {name.split(".")[0] for name in imports(module)} & {
                *PACKAGES, "tests"
            } - {"shared"}, module  # fmt: skip


@pytest.mark.parametrize("package", PACKAGES)
def test_rooms_import_in_one_direction(package: str) -> None:
    for module in modules():
        if module.split(".")[0] != package or module == package:
            continue
        allowed = {f"{package}.{name}" for name in ROOMS.get(room(module), "").split()}
        own = {room(name) for name in imports(module) & modules().keys()} - {room(module), package}
        assert {name for name in own if name.split(".")[0] == package} <= allowed, module
    arrows = {
        name: [f"{package}.{target}" for target in targets.split()]
        for name, targets in ROOMS.items()
        if name.split(".")[0] == package
    }
    assert cycle(arrows) == []


def test_every_room_has_a_line_and_asks_a_question() -> None:
    rooms = {room(module) for module in modules() if len(module.split(".")) > 2}
    assert rooms <= ROOMS.keys()
    for name in rooms:
        assert ast.get_docstring(ast.parse(modules()[name].read_text())), name


def test_files_import_each_other_in_no_circle() -> None:
    assert cycle({module: imports(module) & modules().keys() for module in modules()}) == []


@pytest.mark.parametrize("libraries", LIBRARIES, ids=lambda libraries: str(libraries[0]))
def test_shared_needs_a_library_in_its_rooms_only(libraries: tuple[str, ...]) -> None:
    for module in modules():
        if module.split(".")[0] == "shared" and room(module) not in LIBRARIES[libraries].split():
            found = {name.split(".")[0] for name in imports(module)}
            assert not found & set(libraries), module


def test_the_gatekeeper_itself_needs_nothing_that_runs_models() -> None:
    """Its children do. In the service itself they would only take memory."""
    script = "import sys, gatekeeper.app; print(*sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not set(shown.stdout.split()) & NOT_IN_THE_GATEKEEPER


def test_only_layout_spells_the_file_names_of_the_store() -> None:
    names = {
        value
        for key, value in vars(layout).items()
        if key.isupper() and isinstance(value, str) and "." in value.strip(".")
    }
    assert "registry.json" in names
    for module, path in modules().items():
        if module != "shared.contract.layout":
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant):
                    assert node.value not in names, f"{path}:{node.lineno}"


def test_folders_are_narrow_and_files_short(capsys: pytest.CaptureFixture[str]) -> None:
    """Also print the size of each folder."""
    sizes: dict[Path, list[int]] = {}
    for path in modules().values():
        length = len(path.read_text().splitlines())
        assert length <= LONGEST_FILE, path
        sizes.setdefault(path.parent, []).append(length)
    with capsys.disabled():
        for folder, lines in sorted(sizes.items()):
            print(f"\n{folder.relative_to(ROOT)}: {len(lines)} files, {sum(lines)} lines", end="")
    assert max(map(len, sizes.values())) <= WIDEST_FOLDER


def test_files_of_tests_are_short() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        assert len(path.read_text().splitlines()) <= LONGEST_TEST_FILE, path
