"""Make the model card of a version: what it is, how it was judged, and what is in the data."""

from collections.abc import Sequence
from typing import Any

from gatekeeper.card.data_sections import (
    candidates_section,
    data_section,
    features_section,
    limits_section,
    reproduction_section,
)
from gatekeeper.card.document import Card, Section, Table
from gatekeeper.card.facts import VersionFacts
from gatekeeper.card.score_interval import find_interval
from gatekeeper.policy.check_names import check_title, show_check, to_check_id
from gatekeeper.policy.slices.slice_coverage import SLICE_COVERAGE
from gatekeeper.policy.slices.slice_drop import SLICE_DROP
from gatekeeper.policy.slices.slice_floor import SLICE_FLOOR
from gatekeeper.policy.slices.slice_gap import SLICE_GAP
from shared.contract.documents import ONNX_MEDIA_TYPE, Decision
from shared.metric_text import is_error, name_direction, name_metric, show_score
from shared.scoring.scorer_names import find_positive_class
from shared.text import join_some

_SLICES = {check.id for check in (SLICE_DROP, SLICE_COVERAGE, SLICE_FLOOR, SLICE_GAP)}


def make_card(facts: VersionFacts) -> Card:
    """Return the card of a version."""
    registry = facts.registry
    sections = (
        _identity(facts),
        _score(facts),
        _checks(facts),
        _slices(facts),
        data_section(facts),
        features_section(facts),
        candidates_section(facts),
        limits_section(facts),
        reproduction_section(facts),
    )
    return Card(
        f"Model card: {registry.model_name}, version {registry.version}",
        _summarize(facts),
        [section for section in sections if not section.is_empty],
    )


def _summarize(facts: VersionFacts) -> str:
    target = facts.manifest.data.target if facts.manifest else "its target"
    what = f"It predicts {target}"
    if facts.artefact and facts.artefact.classes:
        what += f": {join_some(facts.artefact.classes, 10)}"
    elif facts.artefact:
        what += ", a number"
    state = "is in production" if facts.is_in_production else "is not in production now"
    return f"{what}. This version {state}."


def _identity(facts: VersionFacts) -> Section:
    registry, decision, artefact = facts.registry, facts.decision, facts.artefact
    pairs = [
        ("version", str(registry.version)),
        ("model", registry.model_name),
        ("in production since", f"{registry.promoted_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("version before", str(registry.previous_version or "none")),
        ("decision", f"{decision.number}: {decision.outcome.replace('_', ' ')}"),
    ]
    if decision.reason:
        pairs.append(("reason", decision.reason))
    if decision.decided_by:
        pairs.append(("decided by", decision.decided_by))
    if facts.judgement and facts.judgement.number != decision.number:
        pairs.append(("first judged", f"decision {facts.judgement.number}"))
    pairs += [("candidate", registry.candidate_id), ("digest", registry.digest)]
    if artefact:
        media_type = artefact.model.media_type
        form = "ONNX" if media_type == ONNX_MEDIA_TYPE else media_type
        pairs += [
            ("task", artefact.task),
            (
                "format",
                f"{form}, {artefact.model.size} bytes",
            ),
            ("number type", artefact.number_type),
        ]
        if artefact.threshold:
            pairs.append(("threshold", artefact.threshold.describe()))
        if positive := find_positive_class(registry.metric, artefact.classes):
            pairs.append(("positive class", positive))
    pairs.append(("model in the store", "yes" if facts.is_restorable else "no: it was removed"))
    return Section("Identity", pairs)


def _score(facts: VersionFacts) -> Section:
    registry, decision = facts.registry, facts.judgement
    metric = registry.metric
    score = registry.metrics.get(metric)
    pairs = [("metric", f"{name_metric(metric)}, {name_direction(metric)}")]
    if score is not None:
        pairs.append(("score on the holdout", show_score(metric, score)))
    matrix = facts.report.confusion_matrix if facts.report else None
    if interval := find_interval(metric, matrix, score):
        low, high = sorted(interval, reverse=is_error(metric))
        pairs.append(("95 % interval", f"{show_score(metric, low)} to {show_score(metric, high)}"))
    if decision and isinstance(champion := decision.scores.get("champion"), int | float):
        pairs.append(("production then, on the same rows", show_score(metric, champion)))
    if facts.manifest:
        for name, value in facts.manifest.holdout_metrics.items():
            if name != metric:
                pairs.append((f"{name_metric(name)} on the holdout", show_score(name, value)))
        if baseline := facts.manifest.baseline:
            found = baseline.holdout_metrics.get(metric)
            shown = "-" if found is None else show_score(metric, found)
            pairs.append(("constant answer", f"{baseline.answer}: {shown}"))
    sentences = []
    if interval is None:
        sentences.append(
            "The interval of the score is not known: the metric does not follow from counts of "
            "classes, or the report of the candidate does not have them."
        )
    return Section("Score", pairs, sentences, tables=_confusion(facts))


def _confusion(facts: VersionFacts) -> Sequence[Table]:
    matrix = facts.report.confusion_matrix if facts.report else None
    classes = facts.artefact.classes if facts.artefact else ()
    if not matrix or len(matrix) != len(classes):
        return []
    rows = [[name, *map(str, counts)] for name, counts in zip(classes, matrix, strict=True)]
    columns = ["true class", *(f"predicted {name}" for name in classes)]
    return [Table("Rows of the holdout by true and predicted class", columns, rows)]


def _checks(facts: VersionFacts) -> Section:
    found = facts.judgement or facts.decision
    rows = []
    for check in found.checks:
        shown = show_check(check, found.metric)
        rows.append([shown.result, check_title(shown.name), shown.message])
    if not rows:
        return Section("Checks", sentences=[f"Decision {found.number} has no checks."])
    table = Table(f"The checks of decision {found.number}", ["result", "check", "message"], rows)
    return Section("Checks", tables=[table])


def _slices(facts: VersionFacts) -> Section:
    decision = facts.judgement
    tables = [] if decision is None else _list_slices(decision)
    return Section("Slices", tables=tables)


def _list_slices(decision: Decision) -> list[Table]:
    tables = []
    for check in decision.checks:
        if to_check_id(check.name) not in _SLICES:
            continue
        observed: Any = show_check(check, decision.metric).observed
        slices = observed.get("slices") if isinstance(observed, dict) else observed
        if not isinstance(slices, list) or not all(isinstance(each, dict) for each in slices):
            continue
        names = list(dict.fromkeys(name for each in slices for name in each))
        rows = [[_show(each.get(name)) for name in names] for each in slices]
        if rows:
            tables.append(Table(check_title(check.name), names, rows))
    return tables


def _show(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return " to ".join(map(_show, value))
    return "-" if value is None else str(value)
