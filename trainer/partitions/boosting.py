"""Fit XGBoost's Dask estimators on the rows of all parts, and return an estimator for one machine.

They are XGBClassifier and XGBRegressor. Others hold all rows in memory.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.contract.documents import Feature
from shared.inference.dataframe import to_frame
from trainer.candidates.array_input import STEP
from trainer.partitions.lazy_rows import PartSource, make_lazy, read_targets

if TYPE_CHECKING:
    from distributed import Client

_SUPPORTED = {"XGBClassifier": "DaskXGBClassifier", "XGBRegressor": "DaskXGBRegressor"}


def explain_unsupported(estimator: Any) -> str | None:
    """Return why *estimator* cannot be fitted in parts; None if it can."""
    type_ = type(estimator)
    if type_.__module__.startswith("xgboost.") and type_.__name__ in _SUPPORTED:
        return None
    return (
        "it needs all rows in memory; with TRAINER_HOLDOUT_ROWS, use "
        f"{' or '.join(_SUPPORTED)} of xgboost, without a pipeline"
    )


def fit_columns(features: Sequence[Feature]) -> Any:
    """Return the step before the estimator, which needs no rows: all categories are known.

    With categories, it makes one column of each value. Without, it only turns a table into an
    array, so that the estimator accepts any names.
    """
    from sklearn.compose import make_column_transformer  # noqa: PLC0415 - slow to import
    from sklearn.preprocessing import OneHotEncoder, StandardScaler  # noqa: PLC0415 - as above

    named = [feature for feature in features if feature.categories]
    if named:
        encoder = OneHotEncoder(
            categories=[np.array(feature.categories, dtype=object) for feature in named],
            handle_unknown="ignore",
            sparse_output=False,
        )
        others = [feature.name for feature in features if not feature.categories]
        step = make_column_transformer(
            (encoder, [feature.name for feature in named]),
            *([("passthrough", others)] if others else []),
        )
    else:
        step = StandardScaler(with_mean=False, with_std=False)
    frame = to_frame(np.zeros((2, len(features))), features)
    return step.set_output(transform="default").fit(frame)


def fit_in_parts(
    client: "Client",
    unfitted: Any,
    sources: Sequence[PartSource],
    classes: dict[Any, int] | None,
) -> Any:
    """Return a pipeline for one machine, of a column step and *unfitted*, which is fitted then."""
    import dask  # noqa: PLC0415 - only with TRAINER_DASK
    import dask.array  # noqa: PLC0415 - as above
    from sklearn.pipeline import Pipeline  # noqa: PLC0415 - slow to import
    from xgboost import dask as xgboost_dask  # noqa: PLC0415 - as above

    step = fit_columns(sources[0].features)
    needs_step = any(feature.categories for feature in sources[0].features)
    width = step.transform(to_frame(np.zeros((1, len(sources[0].features))), sources[0].features))
    columns = client.scatter(step if needs_step else None, broadcast=True, hash=False)
    rows, targets = [], []
    for source, worker in zip(sources, _share(sources, sorted(client.nthreads())), strict=True):
        place = client.scatter(source, workers=[worker], hash=False)
        count, wide = int(source.chosen.sum()), width.shape[1]
        rows.append(
            dask.array.from_delayed(
                dask.delayed(make_lazy)(place, columns, wide),
                (count, wide),
                meta=np.empty((0, 0), np.float32),
            )
        )
        targets.append(
            dask.array.from_delayed(
                dask.delayed(read_targets)(place, classes),
                (count,),
                dtype=np.float64 if classes is None else np.int64,
            )
        )
    kind = getattr(xgboost_dask, _SUPPORTED[type(unfitted).__name__])
    fitted = kind(**unfitted.get_params())
    fitted.client = client
    fitted.fit(dask.array.concatenate(rows), dask.array.concatenate(targets))
    unfitted.load_model(bytearray(fitted.get_booster().save_raw("ubj")))
    return Pipeline([("columns" if needs_step else STEP, step), ("model", unfitted)])


def _share(sources: Sequence[PartSource], workers: Sequence[str]) -> list[str]:
    """Return the worker of each part. Each gets neighbours, which may be of one row group."""
    counts = np.array([source.chosen.sum() for source in sources])
    middles = (counts.cumsum() - counts / 2) / counts.sum()
    return [workers[int(middle * len(workers))] for middle in middles]
