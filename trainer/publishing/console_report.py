"""What a run found, as lines for people. Pure: values in, lines out."""

from collections.abc import Sequence
from typing import Any

from shared.contract.documents import (
    CandidateResult,
    CheckResult,
    DataSummary,
    Decision,
    Feature,
    Heartbeat,
    Manifest,
)
from shared.score_format import format_score
from trainer.export.choose import Choice
from trainer.publishing.wait import RolloutStatus

_MOST_CLASSES_SHOWN = 12
_MOST_CATEGORIES_SHOWN = 8
_PLURALS = {"number": "numbers", "boolean": "booleans", "category": "categories"}


def describe_data(data: DataSummary) -> list[str]:
    """Where the data came from, what it holds and how it was split."""
    parts = ", ".join(f"{name} {rows}" for name, rows in data.parts.items())
    if data.target_range is None:
        counts = _first(data.class_counts["train"])
        target, train = "", f" (train: {', '.join(f'{n} {label}' for label, n in counts)})"
    else:
        lowest, highest = data.target_range
        target, train = f" from {lowest:g} to {highest:g}", ""
    count = len(data.features)
    return [
        f"Data: {data.source}, {data.rows} rows, {count} features, target {data.target}{target}",
        f"Features: {describe_features(data.features)}",
        f"Split: {parts}{train}",
    ]


def describe_features(features: Sequence[Feature]) -> str:
    """How many there are of each type, with holes or not, and of a category how many texts."""
    groups = []
    for kind, plural in _PLURALS.items():
        found = [feature for feature in features if feature.type == kind]
        holes = sum(feature.nullable for feature in found)
        if found:
            group = f"{len(found)} {kind if len(found) == 1 else plural}"
            group += f" ({holes} with holes)" if holes else ""
            widths = [f"{f.name} {len(f.categories)}" for f in found if f.categories]
            more = len(widths) - _MOST_CATEGORIES_SHOWN
            shown = widths[:_MOST_CATEGORIES_SHOWN] + ([f"{more} more"] if more > 0 else [])
            groups.append(group + (f": {', '.join(shown)}" if shown else ""))
    return ", ".join(groups)


def describe_candidates(choice: Choice, metric: str, classes: Sequence[str]) -> list[str]:
    """The table of candidates on validation, the chosen one marked, and its confusions."""
    results, chosen = choice.results, choice.name
    names = _metric_names(results, metric)
    header = ["candidate", *names, "fit s"]
    rows = [header]
    for result in results:
        if result.error is None:
            scores = [_number(result.metrics.get(name)) for name in names]
            rows.append([result.name, *scores, f"{result.fit_seconds:.2f}"])
    lines = ["", "Scores on validation:", *_columns(rows, [chosen])]
    lines += [
        f"  {result.name} is out: {result.error}" for result in results if result.error is not None
    ]
    best = next(result for result in results if result.name == chosen)
    if best.confusion_matrix is not None and len(classes) <= _MOST_CLASSES_SHOWN:
        lines += ["", f"{chosen} by class (true in rows, predicted in columns):"]
        table = [["", *classes]]
        table += [
            [label, *map(str, counts)]
            for label, counts in zip(classes, best.confusion_matrix, strict=True)
        ]
        lines += _columns(table, [])
    return lines


def describe_publication(manifest: Manifest) -> list[str]:
    """What was published and what its proof and its holdout score are."""
    score = manifest.holdout_metrics[manifest.metric]
    reached = f"{manifest.metric} {format_score(score)}"
    lines = ["", f"Chosen: {manifest.model_name}, {reached} on the holdout"]
    parity = manifest.parity
    if parity is None:
        lines.append("Export: a pickle (ALLOW_JOBLIB=true)")
    elif parity.max_relative_difference is not None:
        within = f"{parity.max_relative_difference:.1e}"
        lines.append(f"Export: ONNX, equal numbers on {parity.rows} rows within {within} of each")
    else:
        largest = parity.max_probability_difference
        within = "" if largest is None else f", probabilities within {largest:.1e}"
        lines.append(f"Export: ONNX, equal labels on {parity.rows} rows{within}")
    return [*lines, f"Published: candidate {manifest.candidate_id}"]


def describe_decision(decision: Decision) -> list[str]:
    """The decision; where production stays, each check that failed."""
    name, registry = decision.model_name, decision.registry
    if registry is not None:
        return [
            f"Decision {decision.number}: {name} promoted to v{registry.version}{_why(decision)}"
        ]
    if decision.outcome == "unchanged":
        return [f"Decision {decision.number}: {name} unchanged, production has the same model"]
    return [
        f"Decision {decision.number}: {name} {decision.outcome}, production stays as it is",
        *(line for check in decision.failed for line in _check(check)),
    ]


def describe_rollout(rollout: RolloutStatus) -> list[str]:
    """The convergence line, and what is wrong with workers that are not there."""
    if not rollout.workers:
        return [f"No predictor is running: v{rollout.version} is served as soon as one starts."]
    on = f"{len(rollout.converged)}/{len(rollout.workers)} workers"
    absent = [worker for worker in rollout.workers if worker not in rollout.converged]
    return [
        f"v{rollout.version} serving on {on} after {rollout.convergence_ms} ms",
        *(describe_worker(worker, rollout.version) for worker in absent),
    ]


def describe_worker(worker: Heartbeat, version: int) -> str:
    """A worker that does not serve the version."""
    serves = f"still serves v{worker.serving_version}" if worker.serving_version else "serves none"
    error = f": {worker.last_error}" if worker.last_error else f", not v{version} yet"
    return f"  worker {worker.worker} {serves}{error}"


def _why(decision: Decision) -> str:
    challenger, champion = (decision.scores.get(name) for name in ("challenger", "champion"))
    if not isinstance(challenger, float):
        return ""
    before = ""
    if isinstance(champion, float):
        before = f", production had {format_score(champion)}"
    return f" ({decision.metric} {format_score(challenger)} on the holdout{before})"


def _check(check: CheckResult) -> list[str]:
    found = {"observed": check.observed, "required": check.required}
    values = ", ".join(f"{what} {_value(value)}" for what, value in found.items())
    if any(isinstance(value, dict | list) for value in found.values()):
        values = "failed"  # the sentence says it
    return [f"  {check.name}: {values}", f"    {check.message}"]


def _value(value: Any) -> str:
    return format_score(value) if isinstance(value, float) else str(value)


def _metric_names(results: Sequence[CandidateResult], metric: str) -> list[str]:
    """The deciding metric first."""
    found = dict.fromkeys(name for result in results for name in result.metrics)
    return [metric, *(name for name in found if name != metric)]


def _number(value: float | None) -> str:
    return "-" if value is None else format_score(value)


def _first(counts: dict[str, int]) -> list[tuple[str, int]]:
    return list(counts.items())[:_MOST_CLASSES_SHOWN]


def _columns(rows: list[list[str]], marked: list[str]) -> list[str]:
    """Rows under each other, the first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append(f"{'* ' if first in marked else '  '}{'  '.join(cells)}")
    return lines
