"""Publish a model from a notebook or a script: `from trainer import publish`."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TextIO

from pydantic import ValidationError

from shared.errors import ModelgateError, SettingsError
from shared.scoring.scorer_names import METRICS
from shared.settings import CommonSettings
from shared.text import join_some, quote
from trainer.brought_models.bare.output_plan import Wish
from trainer.brought_pipelines.brought_model import BroughtGraph, BroughtModel
from trainer.brought_pipelines.pickled_pipeline import bring_pipeline, copy_pipeline
from trainer.console import Console
from trainer.given_settings import read_given_settings
from trainer.problems import Problems
from trainer.publish.frames import write_frame
from trainer.publish.published import Published
from trainer.publish.request import PublishRequest
from trainer.publish.run import publish_model
from trainer.settings import TrainerSettings

_SETTINGS = (
    *("types", "missing", "csv", "drop", "row_key", "slice_columns", "positive_label"),
    *("new_holdout", "wait_seconds", "signing_key", "keep_candidates", "seed"),
)
"""The settings of the trainer that a call may give; the environment has the others."""
_OUTPUTS = ("logits", "probabilities", "value")


def publish(
    model: Any,
    *,
    holdout: Any,
    target: str,
    fitted_on: Any = None,
    name: str | None = None,
    store: str | Path | None = None,
    metric: str | None = None,
    output: Literal["logits", "probabilities", "value"] | None = None,
    classes: Sequence[str] = (),
    progress: TextIO | None = None,
    **settings: Any,
) -> Published:
    """Publish a model, and wait for the decision and for all workers to serve it.

    Args:
        model: A fitted estimator or Pipeline, an ONNX model, or the path of one, of a pickle or of
            a directory that MLflow saved.
        holdout: A table with rows that the model has not seen, or the path of one.
        target: The column to predict.
        fitted_on: A table with the rows that the model was fitted or chosen on.
        name: The name of the model. Default: its class, or the name of its file.
        store: The store. Default: the setting STORE_DIR.
        metric: The metric that decides. Default: the setting METRIC.
        output: The meaning of an ONNX model's numbers.
        classes: The classes in the order of the model's outputs.
        progress: A stream for the lines of `make publish`, such as sys.stdout. Default: none.
        settings: Settings of the trainer in lower case, such as positive_label="yes".

    Raises:
        ModelgateError: DatasetError, SettingsError or CandidatesError if nothing was published,
            and UndecidedError if there is no decision in time.
    """
    common, own = _read_settings(store, metric, settings)
    if output not in (None, *_OUTPUTS):
        raise SettingsError(f"output={output!r} is unknown. Use one of {join_some(_OUTPUTS)}.")
    stream = _Copied(progress)
    with TemporaryDirectory(prefix="modelgate-") as folder:
        names = {f"{folder}/{each}.parquet": each for each in ("holdout", "fitted_on")}
        stream.names = names
        request = PublishRequest(
            model=_bring(model),
            holdout=write_frame(holdout, "holdout", Path(folder)),
            source=None
            if isinstance(holdout, str | Path)
            else f"holdout, a {type(holdout).__name__}",
            target=str(target),
            fitted_on=None
            if fitted_on is None
            else write_frame(fitted_on, "fitted_on", Path(folder)),
            name=_name(model) if name is None else str(name),
            wish=Wish(output, tuple(classes)),
        )
        try:
            decision = publish_model(request, common, own, Console(stream, names_steps=True))
        except ModelgateError as error:
            error.args = tuple(_rename(str(each), names) for each in error.args)
            raise
    return Published(decision, tuple(stream.getvalue().splitlines()))


class _Copied(io.StringIO):
    """The output of a run, which another stream gets too."""

    names: Mapping[str, str] = {}

    def __init__(self, other: TextIO | None) -> None:
        super().__init__()
        self._other = other

    def write(self, text: str) -> int:
        """Write *text* with the names of the tables in place of their temporary files."""
        text = _rename(text, self.names)
        if self._other is not None:
            try:
                self._other.write(text)
                self._other.flush()
            except (OSError, ValueError):  # nobody reads it any more, and the run goes on
                self._other = None
        return super().write(text)


def _rename(text: str, names: Mapping[str, str]) -> str:
    for path, name in names.items():
        text = text.replace(f"{name.upper()}={path}", name).replace(path, name)
    return text


def _bring(model: Any) -> str | BroughtModel:
    if isinstance(model, str | Path):
        return str(model)
    if isinstance(model, bytes):
        return BroughtModel(BroughtGraph(model))
    if hasattr(model, "SerializeToString"):
        return BroughtModel(BroughtGraph(model.SerializeToString()))
    return BroughtModel(bring_pipeline(model, lambda: copy_pipeline(model)))


def _name(model: Any) -> str | None:
    return None if isinstance(model, str | Path) else type(model).__name__


def _read_settings(
    store: str | Path | None, metric: str | None, given: Mapping[str, Any]
) -> tuple[CommonSettings, TrainerSettings]:
    """Return the settings of the environment, with those of the call in their place."""
    unknown = [quote(name) for name in given if name not in _SETTINGS]
    if unknown:
        raise SettingsError(
            f"publish does not know the arguments {join_some(unknown)}. Settings that it takes are "
            f"{join_some(_SETTINGS)}."
        )
    if metric is not None and metric not in METRICS:
        raise SettingsError(f"metric={metric} is unknown. Use one of {join_some(METRICS)}.")
    problems = Problems()
    common, own = read_given_settings(problems)
    problems.require_none()
    known = {"store_dir": None if store is None else Path(store), "metric": metric}
    common = common.model_copy(update={k: v for k, v in known.items() if v is not None})
    texts: dict[str, Any] = {
        name: json.dumps(value, default=str) if isinstance(value, list | tuple | dict) else value
        for name, value in given.items()
    }
    try:
        checked = TrainerSettings(**texts)
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(
            f"{'.'.join(map(str, first['loc']))}={first['input']!r} is not valid: {first['msg']}."
        ) from error
    return common, own.model_copy(update={name: getattr(checked, name) for name in texts})
