"""Imports go in one direction between packages, rooms of a package, and files."""

import ast
import subprocess
import sys

import pytest

from shared.contract import layout
from tests.support.modules import PACKAGES, cycle, imports, modules, room, tree
from tests.support.project import ROOT

SERVICES = ("trainer", "gatekeeper", "predictor")

ROOMS = {
    # A room, or a module beside the rooms, and its allowed imports from its own package.
    "shared.maintenance": (
        "maintenance.checks prediction_log training live store contract settings text errors"
    ),
    "shared.maintenance.checks": "prediction_log following live store contract errors",
    "shared.reports": "scoring contract metric_text score_format",
    "shared.scoring": "inference contract errors",
    "shared.inference": "inference.onnx_reading store contract text errors",
    "shared.inference.onnx_reading": "errors",
    "shared.access": "http secret_file errors",
    "shared.http": "http.front tracing errors version",
    "shared.http.front": "",
    "shared.live": "inference store contract volume errors",
    "shared.forgetting": (
        "prediction_table prediction_log store contract volume settings text errors"
    ),
    "shared.prediction_table": "prediction_log store settings text errors",
    "shared.prediction_log": "store contract volume errors",
    "shared.following": "store volume contract errors",
    "shared.training": "store contract errors",
    "shared.store": "contract volume text errors",
    "shared.volume": "",
    "shared.probe": "store volume contract settings text errors",
    "shared.contract": "secret_file text errors",
    "shared.check_text": "contract metric_text",
    "shared.metric_text": "score_format",
    "shared.logs": "tracing text",
    "shared.telemetry": "tracing text errors version",
    "shared.tracing": "",
    "shared.table_form": "text errors",
    "shared.container": "",
    "shared.memory_limit": "container",
    "shared.settings": "setting_text scoring container errors",
    "shared.setting_text": "likely_values",
    "shared.column_list": "errors",
    "shared.secret_file": "container errors",
    "shared.container.resource_limits": "",
    "shared.runtime_versions": "version",
    "trainer.__main__": (
        "training pending_candidate preparation given_settings problems console exit_status "
        "signals settings"
    ),
    "trainer.given_settings": "problems settings",
    "trainer.exit_status": "signals",
    "trainer.schedule": "console exit_status settings cron",
    "trainer.settings": "cron databases",
    "trainer.databases": "",
    "trainer.tracking": "",
    "trainer.check_data": (
        "partitions preparation table_check split_checks publishing dataset given_settings "
        "problems console exit_status signals settings"
    ),
    "trainer.pending_candidate": "publishing console",
    "trainer.training": (
        "best_candidate loaded_data partitions cluster publishing fitting schedule console "
        "settings step_times"
    ),
    "trainer.publish": (
        "mlflow_models brought_models brought_models.bare brought_pipelines publishing export "
        "dataset dataset.columns files tables tables.columns console problems exit_status "
        "given_settings signals settings step_times"
    ),
    "trainer.mlflow_models": "brought_models.bare brought_pipelines candidates",
    "trainer.score": ("files tables tables.columns console exit_status settings signals"),
    "trainer.brought_models": "brought_models.bare export dataset",
    "trainer.brought_models.bare": "",
    "trainer.brought_pipelines": "brought_models.bare export fitting candidates dataset",
    "trainer.best_candidate": (
        "loaded_data publishing export fitting candidates console settings step_times"
    ),
    "trainer.loaded_data": (
        "preparation split_checks publishing candidates dataset console settings step_times"
    ),
    "trainer.preparation": (
        "table_check publishing candidates splits live_rows dataset dataset.columns console "
        "problems settings step_times"
    ),
    "trainer.table_check": "dataset tables tables.columns tables.dates problems",
    "trainer.publishing": "export dataset console settings",
    "trainer.export": "conversion conversion.functions fitting candidates dataset console",
    "trainer.partitions": (
        "cluster loaded_data publishing fitting candidates dataset dataset.columns files tables "
        "tables.columns problems console settings step_times"
    ),
    "trainer.cluster": "fitting candidates dataset console settings",
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
    "trainer.live_rows": "dataset tables",
    "trainer.splits": "dataset problems",
    "trainer.split_checks": "dataset dataset.columns settings",
    "trainer.dataset": (
        "dataset.columns databases files tables tables.columns tables.dates problems settings"
    ),
    "trainer.dataset.columns": "tables tables.columns tables.dates problems",
    "trainer.files": "databases tables tables.columns problems settings",
    "trainer.tables": "tables.columns tables.dates problems settings",
    "trainer.tables.columns": "tables.dates",
    "trainer.tables.dates": "",
    "gatekeeper.__main__": "app settings",
    "gatekeeper.client": (
        "client_feedback history_export client_output standard_output webhook_text training_text "
        "api settings"
    ),
    "gatekeeper.client_feedback": "labels_table",
    "gatekeeper.labels_table": "",
    "gatekeeper.client_output": "decision_text training_text aligned_text",
    "gatekeeper.history_export": "decision_text markdown_text policy",
    "gatekeeper.card": "pages policy policy.slices statistics markdown_text standard_output",
    "gatekeeper.decision_text": "policy aligned_text",
    "gatekeeper.webhook_text": "training_text",
    "gatekeeper.training_text": "aligned_text",
    "gatekeeper.app": "pages.live pages api.feedback api.training api settings",
    "gatekeeper.pages.live": "pages api live_status",
    "gatekeeper.pages": (
        "api.training api decisions policy policy.holdout policy.scores policy.slices "
        "policy.live_rows evidence live settings"
    ),
    "gatekeeper.api": (
        "live_status live_score live background feedback probation decisions drift evaluation "
        "policy policy.terms evidence settings"
    ),
    "gatekeeper.api.training": "api",
    "gatekeeper.api.feedback": "api feedback",
    "gatekeeper.feedback": "",
    "gatekeeper.background": (
        "decisions drift probation feedback evaluation policy.terms evidence live settings"
    ),
    "gatekeeper.probation": (
        "decisions evaluation live live_score notifications policy policy.live_rows policy.terms "
        "evidence"
    ),
    "gatekeeper.drift": "live",
    "gatekeeper.live_status": "live_score probation live evidence",
    "gatekeeper.live_score": "evaluation evidence",
    "gatekeeper.live": "",
    "gatekeeper.decisions": (
        "evaluation policy policy.submission policy.holdout policy.scores policy.terms evidence "
        "settings"
    ),
    "gatekeeper.evaluation": "policy.terms evidence",
    "gatekeeper.settings": "notifications policy.terms",
    "gatekeeper.notify": "notifications settings",
    "gatekeeper.notifications": "policy",
    "gatekeeper.sandbox.live_rows": "sandbox statistics evidence",
    "gatekeeper.sandbox": "statistics evidence",
    "gatekeeper.sandbox.live_score": "sandbox statistics evidence",
    "gatekeeper.policy": (
        "policy.submission policy.serving policy.holdout policy.scores policy.slices "
        "policy.live_rows policy.terms evidence"
    ),
    "gatekeeper.policy.submission": "policy.terms evidence",
    "gatekeeper.policy.serving": "policy.terms evidence",
    "gatekeeper.policy.holdout": "policy.terms evidence",
    "gatekeeper.policy.scores": "policy.terms evidence",
    "gatekeeper.policy.slices": "policy.terms evidence",
    "gatekeeper.policy.live_rows": "policy.scores policy.terms evidence",
    "gatekeeper.policy.terms": "evidence",
    "gatekeeper.statistics": "",
    "gatekeeper.evidence": "",
    "predictor.__main__": "worker_start supervision",
    "predictor.worker_start": "server http metrics supervision settings",
    "predictor.client": "settings",
    "predictor.server": "app http metrics supervision settings",
    "predictor.app": "form open_inference http prediction metrics supervision settings",
    "predictor.open_inference": "http prediction prediction_log lifecycle codec loop_turns",
    "predictor.form": "http prediction lifecycle codec loop_turns",
    "predictor.http": "prediction metrics lifecycle codec loop_turns",
    "predictor.prediction_log": "metrics lifecycle codec loop_turns settings",
    "predictor.prediction": (
        "prediction_log live metrics lifecycle codec loop_turns supervision settings"
    ),
    "predictor.live": "metrics lifecycle",
    "predictor.metrics": "codec lifecycle supervision",
    "predictor.lifecycle": "codec supervision",
    "predictor.codec": "loop_turns",
    "predictor.supervision": "",
    "deploy.local": "greeting",
    "deploy.containers": "greeting",
    "bench.__main__": "sections live hostile pages fleet peers report load harness context",
    "bench.sections": "report load harness context",
    "bench.peers": "report load harness context",
    "bench.live": "report load harness context",
    "bench.hostile": "report load harness context",
    "bench.pages": "fleet report harness context",
    "bench.fleet": "report harness context",
    "bench.peers.apps": "",
    "bench.studies": "sections harness",
    "bench.context": "load harness",
    "bench.report": "harness",
    "bench.load": "harness",
    "bench.harness": "",
}
LIBRARIES = {
    # Libraries that few images have or that are slow to import, and the rooms that may do so.
    ("fastapi", "starlette", "fastapi_offline", "uvicorn", "httpx"): (
        "shared.http shared.http.front"
    ),
    ("sklearn", "pandas", "skl2onnx", "onnx"): "shared.inference shared.scoring",
    ("pyarrow",): "shared.prediction_table",
    ("jinja2", "markupsafe", "pygal"): "shared.reports",
    ("cryptography",): "shared.contract shared.access",
    ("onnxruntime",): "shared.inference shared.inference.onnx_reading",
    ("opentelemetry",): "shared.telemetry",
}
NOT_IN_THE_GATEKEEPER = {
    "sklearn", "skl2onnx", "onnx", "pandas", "pyarrow",
    "jinja2", "markupsafe", "pygal", "numpy", "onnxruntime", "joblib",
}  # fmt: skip


@pytest.mark.parametrize("service", [*SERVICES, "shared"])
def test_services_import_shared_and_never_each_other(service: str) -> None:
    others = {*PACKAGES, "tests"} - {service, "shared"}
    for module in modules():
        if module.split(".")[0] == service:
            assert not {name.split(".")[0] for name in imports(module)} & others, module


@pytest.mark.parametrize("package", PACKAGES)
def test_rooms_import_in_one_direction(package: str) -> None:
    for module in modules():
        if module.split(".")[0] != package or module == package:
            continue
        allowed = {f"{package}.{name}" for name in ROOMS.get(room(module), "").split()}
        own = {room(name) for name in imports(module) & modules().keys()} - {room(module), package}
        assert {name for name in own if name.split(".")[0] == package} <= allowed, module
    lines = {name: to for name, to in ROOMS.items() if name.split(".")[0] == package}
    arrows = {name: [f"{package}.{target}" for target in to.split()] for name, to in lines.items()}
    assert cycle(arrows) == []


def test_every_room_has_a_line_and_asks_a_question() -> None:
    rooms = {room(module) for module in modules() if len(module.split(".")) > 2}
    assert rooms <= ROOMS.keys()
    for name in rooms:
        assert ast.get_docstring(tree(name)), name


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
            for node in ast.walk(tree(module)):
                if isinstance(node, ast.Constant):
                    assert node.value not in names, f"{path}:{node.lineno}"
