"""Publish models that other tools made, and ask those tools' own runtime."""

from io import StringIO
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pandas as pd

from shared.errors import UndecidedError
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from trainer.brought_models.bare.output_plan import Wish
from trainer.brought_models.model_process import ModelLimits
from trainer.console import Console
from trainer.publish.request import PublishRequest
from trainer.publish.run import publish_model
from trainer.settings import TrainerSettings

Table = dict[str, Any]
_TYPES: dict[str, type] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(bool)": np.bool_,
}


def bring(
    store: ModelStore,
    folder: Path,
    model: Any,
    holdout: Table,
    metric: str = "accuracy",
    *,
    fitted_on: Table | None = None,
    limits: ModelLimits | None = None,
    output: Any = None,
    classes: tuple[str, ...] = (),
    **settings: Any,
) -> str:
    """Publish *model* without waiting for a decision, and return what a person reads."""
    folder.mkdir(exist_ok=True)
    path = write_model(model, folder)
    pd.DataFrame(holdout).to_parquet(folder / "holdout.parquet")
    if fitted_on is not None:
        pd.DataFrame(fitted_on).to_parquet(folder / "fitted.parquet")
    request = PublishRequest(
        model=str(path),
        holdout=folder / "holdout.parquet",
        target="y",
        fitted_on=None if fitted_on is None else folder / "fitted.parquet",
        wish=Wish(output, classes),
        limits=limits or ModelLimits(),
    )
    shown = StringIO()
    common = CommonSettings(store_dir=store.layout.root, metric=metric)
    own = TrainerSettings(wait_seconds=0, **settings)
    try:
        publish_model(request, common, own, Console(shown))
    except UndecidedError:
        return shown.getvalue()
    raise AssertionError("nobody decides here")


def write_model(model: Any, folder: Path) -> Path | str:
    """Write an ONNX model, the bytes of one, or a fitted pipeline. A path is returned as it is."""
    if isinstance(model, Path | str):
        return model
    if hasattr(model, "predict"):
        path = folder / "brought.joblib"
        joblib.dump(model, path)
        return path
    path = folder / "brought.onnx"
    path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
    return path


def own_outputs(model: onnx.ModelProto, table: Table) -> list[Any]:
    """Return what onnxruntime gives for the bare model, one row at a time."""
    session = onnxruntime.InferenceSession(model.SerializeToString())
    columns = {name: np.asarray(values) for name, values in table.items() if name != "y"}
    rows = len(next(iter(columns.values())))
    parts = [
        session.run(None, _inputs(session, {name: v[row : row + 1] for name, v in columns.items()}))
        for row in range(rows)
    ]
    return [_join(outputs) for outputs in zip(*parts, strict=True)]


def _inputs(session: Any, columns: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
    inputs = session.get_inputs()
    if len(inputs) == 1:
        matrix = np.column_stack(list(columns.values()))
        return {inputs[0].name: matrix.astype(_TYPES[inputs[0].type])}
    return {
        each.name: value[:, None].astype(_TYPES.get(each.type, object))
        for each, value in zip(inputs, columns.values(), strict=True)
    }


def _join(outputs: tuple[Any, ...]) -> Any:
    if isinstance(outputs[0], list):
        return [row for output in outputs for row in output]
    return np.concatenate(outputs)
