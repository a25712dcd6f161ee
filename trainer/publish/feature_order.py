"""Put the features into the order in which a model was fitted."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shared.inference.text_form import normalise_text
from shared.text import join_some, quote
from trainer.brought_models.bare.unfit_model import UnfitModelError
from trainer.dataset.dataset import Dataset


def order_features(dataset: Dataset, names: Sequence[str]) -> Dataset:
    """Return the data set with its features in the order of *names*.

    Other names are skipped. If a feature is not among them, the order stays. Raises UnfitModelError
    if there are as many features as names, but others: many models would not notice.
    """
    schema = dataset.schema
    own = [feature.name for feature in schema.features]
    order = _find_order(own, names)
    if order is None and len(names) == len(own):
        raise UnfitModelError(
            f"The model was fitted on the columns {_show(names)}, but the features of HOLDOUT are "
            f"{_show(own)}. Give HOLDOUT the columns that it was fitted on, and leave others out "
            "with TRAINER_DROP."
        )
    if order is None or order == sorted(order):
        return dataset
    features = tuple(schema.features[index] for index in order)
    rows = np.ascontiguousarray(dataset.rows[:, order])
    return replace(dataset, schema=replace(schema, features=features), rows=rows)


def _find_order(own: Sequence[str], names: Sequence[str]) -> list[int] | None:
    """Return the index of each feature in the order of *names*; None if one is not among them."""
    for form in (str, normalise_text, _identifier):
        places = {form(name): index for index, name in enumerate(own)}
        wanted = dict.fromkeys(map(form, names))
        order = [places[name] for name in wanted if name in places]
        if len(order) == len(own):
            return order
    return None


def _identifier(name: str) -> str:
    """Return a name as LightGBM writes it, which replaces blanks."""
    return re.sub(r"\W", "_", name, flags=re.ASCII)


def _show(names: Sequence[str]) -> str:
    return join_some([quote(name) for name in names])
