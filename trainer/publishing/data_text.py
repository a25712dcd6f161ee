"""Describe the data of a run as lines for people."""

from collections.abc import Sequence

from shared.contract.documents import DataSummary, Feature
from shared.text import join_some, quote
from trainer.publishing.rare_classes import describe_rare_classes

_MAX_CLASSES_SHOWN = 12
_MAX_CATEGORIES_SHOWN = 8
_PLURALS = {"number": "numbers", "boolean": "booleans", "category": "categories"}


def describe_data(data: DataSummary) -> list[str]:
    """Describe the data, its features, the notes on columns, and the split with its warnings."""
    splits = ", ".join(f"{name} {rows}" for name, rows in data.parts.items())
    if data.target_range is None:
        counts = [f"{n} {label}" for label, n in data.class_counts["train"].items()]
        target, train = "", f" (train: {', '.join(counts[:_MAX_CLASSES_SHOWN])})"
    else:
        lowest, highest = data.target_range
        target, train = f" from {lowest:.10g} to {highest:.10g}", ""
    count = len(data.features)
    how = f", salt {data.split_salt}" if data.split_salt else ""
    if moved := len(data.moved_rows):
        how += f", {moved} {'row' if moved == 1 else 'rows'} moved for rare classes"
    if data.time is not None:
        how = f", by time: the holdout begins after {data.time.describe()}"
    return [
        f"Data: {data.source}, {data.rows} rows, {count} features, target {data.target}{target}",
        f"Features: {describe_features(data.features)}",
        *(f"note: {note}" for note in data.notes),
        *_describe_kept(data.slice_columns),
        f"Split: {splits}{train}{how}",
        *_describe_live(data),
        *(f"note: {note}" for note in describe_rare_classes(data.class_counts.get("holdout", {}))),
        *(f"warning: {warning}" for warning in data.warnings),
    ]


def _describe_live(data: DataSummary) -> list[str]:
    if data.live is None or not data.live.rows:
        return []
    return [f"Live rows: {data.live.describe(data.rows)}"]


def _describe_kept(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    return [f"Kept for slices: {join_some([*map(quote, names)])}; not features"]


def describe_features(features: Sequence[Feature]) -> str:
    """Count the features of each type, those with missing values, and the categories of each."""
    groups = []
    for type_, plural in _PLURALS.items():
        chosen = [feature for feature in features if feature.type == type_]
        nullable = sum(feature.nullable for feature in chosen)
        if chosen:
            group = f"{len(chosen)} {type_ if len(chosen) == 1 else plural}"
            group += f" ({nullable} with missing values)" if nullable else ""
            counts = [f"{f.name} {len(f.categories)}" for f in chosen if f.categories]
            more = len(counts) - _MAX_CATEGORIES_SHOWN
            shown = counts[:_MAX_CATEGORIES_SHOWN] + ([f"{more} more"] if more > 0 else [])
            groups.append(group + (f": {', '.join(shown)}" if shown else ""))
    return ", ".join(groups)
