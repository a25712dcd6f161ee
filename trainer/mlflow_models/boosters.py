"""Read boosted trees that MLflow saved in the form of XGBoost or LightGBM, without a pickle."""

import json
from importlib import import_module
from typing import Any

import numpy as np

from shared.text import join_some, quote
from trainer.brought_models.bare.unfit_model import UnfitModelError
from trainer.candidates.estimator_text import describe_error

_XGBOOST = ("XGBClassifier", "XGBRegressor", "XGBRFClassifier", "XGBRFRegressor")
_CLASSES = ("binary:logistic", "multi:softprob", "multi:softmax")
_OTHERS = ("rank:", "survival:")


def read_xgboost(data: bytes, model_class: Any) -> Any:
    """Return the fitted estimator in *data*, of the form JSON or UBJSON.

    *model_class* is what MLflow notes: an estimator, or the bare Booster. Raises UnfitModelError.
    """
    xgboost = _import("xgboost")
    # A list may be written in few bytes, and still be too long to show.
    name = model_class.rpartition(".")[2] if isinstance(model_class, str) else "model"
    if name not in {*_XGBOOST, "Booster"}:
        raise UnfitModelError(
            f"The model is a {name[:100]} of XGBoost; those that are read are "
            f"{join_some([*_XGBOOST, 'Booster'])}. Save one of these, or export it to ONNX."
        )
    try:
        if name == "Booster":
            booster = xgboost.Booster(model_file=bytearray(data))
            name = _name_estimator(json.loads(booster.save_config()))
            # An estimator stops at the best iteration, but a Booster answers with all trees.
            booster.set_attr(best_iteration=None)
            data = bytes(booster.save_raw())
        estimator = getattr(xgboost, name)()
        estimator.load_model(bytearray(data))
    except UnfitModelError:
        raise
    except Exception as error:
        raise _unreadable("XGBoost", error) from error
    return estimator


def _name_estimator(configuration: Any) -> str:
    """Return the estimator for the objective of a Booster."""
    objective: str = configuration["learner"]["objective"]["name"]
    if objective.startswith(_OTHERS):
        raise UnfitModelError(
            f"The Booster has the objective {quote(objective)}, which is neither for classes nor a "
            "regression. Publish a model for one of these."
        )
    return "XGBClassifier" if objective in _CLASSES else "XGBRegressor"


def read_lightgbm(data: bytes) -> Any:
    """Return an estimator around the Booster in *data*, of LightGBM's own form.

    Its classes are the indices that the Booster was fitted on. Raises UnfitModelError.
    """
    lightgbm = _import("lightgbm")
    try:
        booster = lightgbm.Booster(model_str=data.decode())
        objective = booster.dump_model(num_iteration=1).get("objective", "").split(" ")[0]
    except Exception as error:
        raise _unreadable("LightGBM", error) from error
    if objective not in {"binary", "multiclass"}:
        return _around(lightgbm.LGBMRegressor(), booster)
    classes = np.arange(max(2, booster.num_model_per_iteration()))
    return _around(lightgbm.LGBMClassifier(), booster, classes)


def _around(estimator: Any, booster: Any, classes: Any = None) -> Any:
    """Set what a fit of LightGBM sets. The proof shows that the estimator then answers."""
    from sklearn.preprocessing import LabelEncoder  # noqa: PLC0415 - slow to import

    estimator._Booster = booster  # noqa: SLF001 - LightGBM has no public way
    estimator._n_features = estimator._n_features_in = booster.num_feature()  # noqa: SLF001
    estimator._best_iteration = -1  # noqa: SLF001
    estimator.fitted_ = True
    if classes is not None:
        estimator._le = LabelEncoder().fit(classes)  # noqa: SLF001
        estimator._classes, estimator._n_classes = classes, len(classes)  # noqa: SLF001
    return estimator


def _import(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise UnfitModelError(
            f"The model needs the module {name}, which is not installed here. "
            "Set BOOSTERS=true, or export the model to ONNX."
        ) from error


def _unreadable(library: str, error: Exception) -> UnfitModelError:
    return UnfitModelError(
        f"{library} cannot read the model ({describe_error(error)}). Save it with MLflow again."
    )
