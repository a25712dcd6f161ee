"""Find strings that a served model answers otherwise than the fitted pipeline.

A predictor turns each string that the training data lacks into an unknown category. A function of
the user may make a known string of it, such as `str.lower`. The served model cannot run it.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature
from shared.inference.feature_encoding import UNSEEN
from shared.inference.servable import Predictions, Rows
from shared.inference.text_form import normalise_text
from trainer.dataset.dataset import DataSchema
from trainer.fitting.pipeline_servable import PipelineServable

_MAX_CATEGORIES = 16
"""Categories of a column that are spelt otherwise."""
_MAX_NAMED = 3
_PRECISION = 1e-6
_HELP = "docs/functions.md#strings-that-the-training-data-lacks"


def describe_new_spellings(pipeline: PipelineServable, schema: DataSchema, rows: Rows) -> list[str]:
    """Write a note if the fitted *pipeline* understands spellings that the served model cannot.

    Each is tried in one of the *rows*, beside an unknown category.
    """
    spellings = [
        (index, text) for index, feature in enumerate(schema.features) for text in _spell(feature)
    ]
    if not spellings or not len(rows):
        return []
    unknown = rows[np.arange(len(spellings)) % len(rows)].copy()
    columns = np.array([index for index, _ in spellings])
    unknown[np.arange(len(spellings)), columns] = UNSEEN
    features, spelt = list(schema.features), unknown.copy()
    for row, (index, text) in enumerate(spellings):
        categories = features[index].categories or ()
        spelt[row, index] = len(categories)
        features[index] = features[index].model_copy(update={"categories": (*categories, text)})
    reader = PipelineServable(pipeline.pipeline, replace(schema, features=tuple(features)))
    try:
        differs = _differ(reader.predict(spelt), pipeline.predict(unknown))
    except Exception:  # noqa: BLE001 - a function of the user may raise anything for a new string
        differs = np.ones(len(spellings), dtype=np.bool_)
    found = dict[str, str]()
    for (index, text), is_other in zip(spellings, differs, strict=True):
        if is_other:
            found.setdefault(schema.features[index].name, text)
    return [_describe(found)] if found else []


def _describe(found: dict[str, str]) -> str:
    examples = [f"{text!r} in {name}" for name, text in [*found.items()][:_MAX_NAMED]]
    more = len(found) - _MAX_NAMED
    rest = f" and {more} more columns" if more > 0 else ""
    return (
        "its own functions run on the known strings of the training data; other spellings count "
        f"as unknown, such as {', '.join(examples)}{rest}. The fitted pipeline reads them "
        f"otherwise. Clean the strings before training, and in clients ({_HELP})"
    )


def _spell(feature: Feature) -> list[str]:
    """Return other spellings of some categories."""
    known = feature.categories or ()
    chosen = known[:: -(-len(known) // _MAX_CATEGORIES) or 1]
    texts = (normalise_text(text) for category in chosen for text in _variants(category))
    return [text for text in dict.fromkeys(texts) if text and text not in known]


def _variants(text: str) -> Iterator[str]:
    yield from (text.lower(), text.upper(), text.title(), text.swapcase())
    yield from (text.replace(" ", ""), text.replace("-", " "), f"{text}.", f"{text} x")


def _differ(first: Predictions, second: Predictions) -> npt.NDArray[np.bool_]:
    """Return which rows have other answers."""
    pairs = [(first.values, second.values)]
    if first.probabilities is not None and second.probabilities is not None:
        pairs.append((first.probabilities, second.probabilities))
    differs = [~np.isclose(one, other, rtol=_PRECISION, atol=_PRECISION) for one, other in pairs]
    return np.asarray(np.column_stack(differs).any(axis=1))
