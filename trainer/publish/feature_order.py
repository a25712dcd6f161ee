"""Put the features into the order in which a model was fitted."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from trainer.dataset.dataset import Dataset


def order_features(dataset: Dataset, names: Sequence[str]) -> Dataset:
    """Return the data set with its features in the order of *names*.

    Other names are skipped. If a feature is not among them, the order stays.
    """
    schema = dataset.schema
    places = {feature.name: index for index, feature in enumerate(schema.features)}
    order = [places[name] for name in dict.fromkeys(names) if name in places]
    if len(order) != len(places) or order == sorted(order):
        return dataset
    features = tuple(schema.features[index] for index in order)
    rows = np.ascontiguousarray(dataset.rows[:, order])
    return replace(dataset, schema=replace(schema, features=features), rows=rows)
