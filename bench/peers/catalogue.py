"""List the peers: how to start each with one worker and no logs, and how to request one row."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.harness.processes import Child, environment, run, running
from bench.harness.servers import UVICORN_OPTIONS, free_port

APPS = Path(__file__).parent / "apps"
_QUIET = {
    "BENTOML_DO_NOT_TRACK": "true",
    "DO_NOT_TRACK": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_CONFIGURE_LOGGING": "false",
}
Row = list[float]


@dataclass(frozen=True)
class PeerStart:
    """The arguments of a peer's start."""

    bin: Path
    """Directory of the programs of its environment."""
    pickled: Path
    """The fitted pipeline."""
    onnx: Path
    """The same model as ONNX, as Modelgate serves it."""
    directory: Path
    """An empty directory for this peer."""
    port: int
    cores: frozenset[int] | None

    def running(
        self, *command: str | Path, cwd: Path = APPS, **variables: object
    ) -> AbstractContextManager[Child]:
        """Run a program of the peer's environment."""
        path = f"{self.bin}:/usr/bin:/bin"
        env = environment(**(_QUIET | {"MODEL": self.pickled, "PATH": path} | variables))
        program, *rest = command
        return running(
            [self.bin / program, *rest],
            self.directory / "output.log",
            cores=self.cores,
            env=env,
            cwd=cwd,
        )


@dataclass(frozen=True)
class Peer:
    """Another way to serve a model."""

    name: str
    requirements: str
    """Name of the lock file of its environment, without .txt."""
    start: Callable[[PeerStart], AbstractContextManager[Child]]
    path: str
    body: Callable[[Row], Mapping[str, object]]
    prediction: Callable[[Any], object]
    """Returns the class in a response."""
    is_model_server: bool = True
    """Whether it serves fitted scikit-learn models, and so may be the best peer."""

    def encode(self, row: Row) -> bytes:
        """Encode the body for one row."""
        return json.dumps(self.body(row)).encode()


def _features(row: Row) -> Mapping[str, object]:
    return {"features": row}


def _prediction(response: Any) -> object:
    return response["prediction"]


def _fastapi_sklearn(start: PeerStart) -> AbstractContextManager[Child]:
    return start.running(
        "uvicorn", "fastapi_sklearn:app", "--port", str(start.port), *UVICORN_OPTIONS
    )


def _fastapi_onnx(start: PeerStart) -> AbstractContextManager[Child]:
    return start.running(
        "uvicorn", "fastapi_onnx:app", "--port", str(start.port), *UVICORN_OPTIONS,
        MODEL=start.onnx,
    )  # fmt: skip


def _mlserver(start: PeerStart) -> AbstractContextManager[Child]:
    settings = {
        "host": "127.0.0.1",
        "http_port": start.port,
        "grpc_port": free_port(),
        "metrics_endpoint": None,
        "parallel_workers": 0,
        "debug": False,
    }
    model = {
        "name": "model",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": str(start.pickled)},
    }
    (start.directory / "settings.json").write_text(json.dumps(settings))
    (start.directory / "model-settings.json").write_text(json.dumps(model))
    return start.running("mlserver", "start", ".", cwd=start.directory)


@contextmanager
def _mlflow(start: PeerStart) -> Iterator[Child]:
    saved = start.directory / "model"
    run([start.bin / "python", APPS / "mlflow_save.py", start.pickled, saved],
        env=environment(**_QUIET), cwd=start.directory)  # fmt: skip
    serving = start.running(
        "mlflow", "models", "serve", "--model-uri", saved, "--env-manager", "local",
        "--host", "127.0.0.1", "--port", str(start.port), "--workers", "1",
        cwd=start.directory,
    )  # fmt: skip
    with serving as child:
        yield child


def _bentoml(start: PeerStart) -> AbstractContextManager[Child]:
    return start.running(
        "bentoml", "serve", "bentoml_service:Service", "--host", "127.0.0.1",
        "--port", str(start.port), "--api-workers", "1", BENTOML_HOME=start.directory,
    )  # fmt: skip


def _litserve(start: PeerStart) -> AbstractContextManager[Child]:
    return start.running("python", "litserve_server.py", str(start.port))


PEERS: tuple[Peer, ...] = (
    Peer(
        "FastAPI + pydantic + onnxruntime", "fastapi-onnx", _fastapi_onnx,
        "/predict", _features, _prediction, is_model_server=False,
    ),
    Peer(
        "FastAPI + joblib + scikit-learn", "fastapi-sklearn", _fastapi_sklearn,
        "/predict", _features, _prediction,
    ),
    Peer("LitServe", "litserve", _litserve, "/predict", _features, _prediction),
    Peer(
        "MLServer", "mlserver", _mlserver, "/v2/models/model/infer",
        lambda row: {
            "inputs": [{"name": "x", "shape": [1, len(row)], "datatype": "FP64", "data": row}]
        },
        lambda response: response["outputs"][0]["data"][0],
    ),
    Peer(
        "MLflow models serve", "mlflow", _mlflow, "/invocations",
        lambda row: {"inputs": [row]},
        lambda response: response["predictions"][0],
    ),
    Peer("BentoML", "bentoml", _bentoml, "/predict", _features, _prediction),
)  # fmt: skip
