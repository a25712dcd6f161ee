"""Join the surveys of all parts: the schema of the table, and whether it can be trained on."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pyarrow as pa

from shared.contract.documents import Feature, FeatureType
from shared.errors import DatasetError
from shared.inference.text_form import normalise_text
from shared.text import join_some, quote
from trainer.dataset.dataset import DataSchema
from trainer.dataset.split import SPLITS
from trainer.dataset.target import Target, encode_target
from trainer.partitions.part_reader import PartReader
from trainer.partitions.part_survey import PartSurvey
from trainer.settings import TrainerSettings
from trainer.tables.category_column import MAX_CATEGORIES, MAX_CATEGORY_LENGTH

_FLOAT32_DIGITS = 1 << 24


@dataclass(frozen=True)
class WholeTable:
    """The facts about all parts."""

    schema: DataSchema
    classes: dict[Any, int] | None
    """The index of each label; None for numbers."""
    label_range: tuple[float, float] | None
    fingerprint: str
    counts: dict[str, int]
    """The rows of each split."""
    class_counts: dict[str, dict[str, int]]


def join_surveys(
    reader: PartReader,
    names: Sequence[str],
    surveys: Sequence[PartSurvey],
    settings: TrainerSettings,
    metric: str,
) -> WholeTable:
    """Join the surveys; raise DatasetError or SettingsError for an unsuitable table."""
    _require_labels(reader, surveys)
    features = _join_features(reader, names, surveys)
    labels = _join_labels(surveys)
    target = _encode(reader, labels, settings, metric)
    bounds = [survey.label_range for survey in surveys if survey.label_range is not None]
    label_range = (
        (min(low for low, _ in bounds), max(high for _, high in bounds)) if bounds else None
    )
    totals = np.sum([np.bincount(s.splits, minlength=len(SPLITS)) for s in surveys], axis=0)
    _require_splits(totals.tolist(), labels, target)
    classes = dict(zip(labels, target.values.tolist(), strict=True)) if target.classes else None
    digest = hashlib.sha256("".join(survey.digest for survey in surveys).encode())
    return WholeTable(
        schema=DataSchema(
            target.task,
            features,
            target.classes,
            reader.missing.everywhere,
            _need_float64(features),
        ),
        classes=classes,
        label_range=None if classes else label_range,
        fingerprint=f"sha256:{digest.hexdigest()}",
        counts=dict(zip(SPLITS, totals.tolist(), strict=True)),
        class_counts=_count_classes(labels, target),
    )


def _require_labels(reader: PartReader, surveys: Sequence[PartSurvey]) -> None:
    if missing := sum(survey.unlabelled for survey in surveys):
        raise DatasetError(
            f"The target column {reader.target!r} is missing in {missing} rows. Fill in the "
            "values, or remove these rows."
        )


def _join_features(
    reader: PartReader, names: Sequence[str], surveys: Sequence[PartSurvey]
) -> tuple[Feature, ...]:
    lowest = np.fmin.reduce([survey.lowest for survey in surveys])
    highest = np.fmax.reduce([survey.highest for survey in surveys])
    missing = np.sum([survey.missing for survey in surveys], axis=0)
    beyond = np.sum([survey.beyond for survey in surveys], axis=0)
    features, refused = [], []
    for index, name in enumerate(names):
        type_ = cast("FeatureType", reader.kinds[name].type)
        parts = [survey.categories[index] or () for survey in surveys]
        categories = tuple(sorted(set().union(*parts)))
        if np.isnan(lowest[index]):
            refused.append(f"{quote(name)}: no values")
        elif beyond[index]:
            refused.append(f"{quote(name)}: infinite or too large in {beyond[index]} rows")
        elif len(categories) > MAX_CATEGORIES:
            refused.append(f"{quote(name)}: more than {MAX_CATEGORIES} different values")
        elif any(len(category) > MAX_CATEGORY_LENGTH for category in categories):
            refused.append(f"{quote(name)}: a value of more than {MAX_CATEGORY_LENGTH} characters")
        else:
            details: dict[str, Any] = {"missing_values": reader.missing.by_column.get(name)}
            if type_ == "category":
                details["categories"] = categories
            elif type_ == "number":
                details |= {"minimum": float(lowest[index]), "maximum": float(highest[index])}
            nullable = bool(missing[index])
            features.append(Feature(name=name, type=type_, nullable=nullable, **details))
    if refused:
        raise DatasetError(
            f"These columns of {reader.source} cannot be features: {join_some(refused)}. Leave "
            "them out with TRAINER_DROP, or correct their values."
        )
    return tuple(features)


def _join_labels(surveys: Sequence[PartSurvey]) -> dict[Any, list[int]]:
    """Return the different labels, sorted as far as they can be, with their rows."""
    labels: dict[Any, list[int]] = {}
    for survey in surveys:
        for label, counts in survey.labels.items():
            before = labels.get(label, [0] * len(SPLITS))
            labels[label] = [one + other for one, other in zip(before, counts, strict=True)]
    return dict(sorted(labels.items(), key=lambda item: (str(type(item[0])), item[0])))


def _encode(
    reader: PartReader, labels: Mapping[Any, list[int]], settings: TrainerSettings, metric: str
) -> Target:
    """Decide on the task, and on the index of each label, as for a table in memory."""
    positive = settings.positive_label
    return encode_target(
        pa.chunked_array([pa.array(list(labels))]),
        reader.target,
        metric,
        None if positive is None else normalise_text(positive),
        kind=reader.target_kind,
    )


def _require_splits(totals: Sequence[int], labels: Mapping[Any, list[int]], target: Target) -> None:
    for split, count in zip(SPLITS, totals, strict=True):
        if not count:
            raise DatasetError(
                f"The {split} split has no row. Set TRAINER_SPLIT_SALT to another string, or "
                "train without TRAINER_HOLDOUT_ROWS."
            )
    for label, counts in labels.items() if target.classes else ():
        for split, count in zip(SPLITS, counts, strict=True):
            if not count:
                raise DatasetError(
                    f"The {split} split has no row of class {str(label)!r:.80}. Set "
                    "TRAINER_SPLIT_SALT to another string, or train without TRAINER_HOLDOUT_ROWS."
                )


def _count_classes(labels: Mapping[Any, list[int]], target: Target) -> dict[str, dict[str, int]]:
    if not target.classes:
        return {split: {} for split in SPLITS}
    indices = target.values.astype(np.intp).tolist()
    return {
        split: {
            target.classes[index]: counts[place]
            for index, counts in zip(indices, labels.values(), strict=True)
        }
        for place, split in enumerate(SPLITS)
    }


def _need_float64(features: Sequence[Feature]) -> bool:
    """Say whether a number may have digits that float32 loses."""
    return any(
        max(abs(feature.minimum or 0.0), abs(feature.maximum or 0.0)) > _FLOAT32_DIGITS
        for feature in features
    )
