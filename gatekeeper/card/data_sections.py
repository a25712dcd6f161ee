"""The sections of a card about the data: rows, features, candidates, limits, libraries."""

from collections.abc import Mapping, Sequence
from typing import Any

from gatekeeper.card.document import Section, Table
from gatekeeper.card.facts import VersionFacts
from gatekeeper.policy.check_names import check_title, show_check
from shared.contract.documents import Feature, Manifest
from shared.metric_text import name_metric, show_score
from shared.reports.baseline_warning import warn_about_baseline
from shared.reports.unexported_warning import warn_about_unexported
from shared.text import shorten

_MOST_CATEGORIES = 10
_NOT_KNOWN = "The candidate was removed from the store, so this is not known any more."
_LIMITS = (
    "The scores are true for rows like those of the holdout. They say nothing about others.",
    "The gate does not verify the data and the holdout of the trainer.",
)
"""The limits of each version."""


def data_section(facts: VersionFacts) -> Section:
    """Describe the rows that the model was fitted on and judged by."""
    manifest = facts.manifest
    if manifest is None:
        return Section("Data", sentences=[_NOT_KNOWN])
    data = manifest.data
    fitted = "train and validation" if manifest.refitted else "train"
    pairs = [
        ("source", data.source),
        ("rows", f"{data.rows}"),
        ("fitted on", fitted),
        ("splits", ", ".join(f"{name} {rows}" for name, rows in data.parts.items())),
        ("fingerprint", data.fingerprint),
    ]
    if data.row_key:
        pairs.append(("row key", data.row_key))
    if data.time:
        pairs.append(("split by time", data.time.describe()))
    if data.target_range:
        low, high = data.target_range
        pairs.append((f"range of {data.target}", f"{low:.6g} to {high:.6g}"))
    sentences = [data.live.describe(data.rows)] if data.live else []
    return Section("Data", pairs, sentences, tables=list(_count_classes(data.class_counts)))


def _count_classes(counts: Mapping[str, Mapping[str, int]]) -> Sequence[Table]:
    if not counts:
        return []
    splits = list(counts)
    classes = list(dict.fromkeys(name for each in counts.values() for name in each))
    rows = [[name, *(str(counts[split].get(name, 0)) for split in splits)] for name in classes]
    return [Table("Rows of each class by split", ["class", *splits], rows)]


def features_section(facts: VersionFacts) -> Section:
    """Describe each feature with its type and its range."""
    features: Sequence[Feature] = ()
    if facts.artefact:
        features = facts.artefact.features
    elif facts.manifest:
        features = facts.manifest.data.features
    if not features:
        return Section("Features", sentences=[_NOT_KNOWN])
    rows = [
        [each.name, each.type, "yes" if each.nullable else "no", _describe_range(each)]
        for each in features
    ]
    table = Table(
        f"{len(features)} feature{'s' * (len(features) != 1)}, as they are in the data",
        ["feature", "type", "may be missing", "range or categories"],
        rows,
    )
    return Section("Features", tables=[table, *_importances(facts)])


def _describe_range(feature: Feature) -> str:
    if feature.categories:
        shown = ", ".join(shorten(each) for each in feature.categories[:_MOST_CATEGORIES])
        more = len(feature.categories) - _MOST_CATEGORIES
        return f"{shown} and {more} more" if more > 0 else shown
    if feature.minimum is None or feature.maximum is None:
        return "true or false" if feature.type == "boolean" else "not recorded"
    return f"{feature.minimum:.6g} to {feature.maximum:.6g}"


def _importances(facts: VersionFacts) -> Sequence[Table]:
    report = facts.report
    if report is None or not report.importances:
        return []
    rows = [[each.feature, f"{each.drop:.4g}"] for each in report.importances]
    caption = f"Importance: the drop of the score on {report.importance_rows} rows of the holdout"
    return [
        Table(f"{caption} when the values of a feature are shuffled", ["feature", "drop"], rows)
    ]


def candidates_section(facts: VersionFacts) -> Section:
    """List the estimators of the run with their scores on validation."""
    manifest = facts.manifest
    if manifest is None:
        return Section("Candidates", sentences=[_NOT_KNOWN])
    metric = manifest.metric
    rows = [
        [
            each.name,
            each.estimator,
            _score(metric, each.metrics.get(metric)),
            "chosen" if each.name == manifest.model_name else each.error or "",
            ", ".join(f"{name}={value}" for name, value in each.parameters.items()),
        ]
        for each in manifest.candidates
    ]
    columns = ["candidate", "estimator", f"{name_metric(metric)} on validation", "result"]
    table = Table("The estimators of the run", [*columns, "parameters"], rows)
    return Section("Candidates", tables=[table])


def _score(metric: str, score: float | None) -> str:
    return "-" if score is None else show_score(metric, score)


def limits_section(facts: VersionFacts) -> Section:
    """List what the documents say about the limits of this version."""
    manifest, decision = facts.manifest, facts.judgement
    items: list[str] = list(_LIMITS)
    if manifest:
        warnings = (warn_about_baseline(manifest), warn_about_unexported(manifest))
        items += [each for each in warnings if each]
        items += [*manifest.data.warnings, *manifest.data.notes]
    if decision:
        items += [
            f"Not checked, {check_title(check.name)}: {show_check(check, decision.metric).message}"
            for check in decision.not_checked
        ]
    return Section("Limits", items=list(dict.fromkeys(items)))


def reproduction_section(facts: VersionFacts) -> Section:
    """List what a person needs to train the same model again."""
    manifest = facts.manifest
    if manifest is None:
        return Section("Reproduction", sentences=[_NOT_KNOWN])
    pairs = [
        ("trained", f"{manifest.created_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("seed", str(manifest.seed)),
        ("table of candidates", manifest.candidates_table),
        ("salt of the split", manifest.data.split_salt or "none"),
    ]
    return Section("Reproduction", pairs, tables=list(_list_versions(manifest)))


def _list_versions(manifest: Manifest) -> Sequence[Table]:
    found: list[Table] = []
    for caption, values in (("Libraries", manifest.versions), ("Settings", manifest.settings)):
        rows = [[str(name), _show(value)] for name, value in values.items()]
        if rows:
            found.append(Table(caption, ["name", "value"], rows))
    return found


def _show(value: Any) -> str:
    return "" if value is None else str(value)
