"""Describe the results of a run as lines for people. Pure functions of their arguments."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

from shared.check_text import count_compared_rows, turn_errors
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision, Manifest
from shared.contract.heartbeat import Heartbeat
from shared.contract.parity import Parity
from shared.contract.run_results import Baseline, CandidateResult
from shared.metric_text import describe_score, is_error, name_metric, show_score
from shared.reports.baseline_warning import warn_about_baseline
from shared.reports.report_document import CandidateReport
from shared.reports.unexported_warning import warn_about_unexported
from shared.score_format import format_score
from shared.scoring.scorer_names import find_positive_class
from shared.store.repeated_models import describe_repetition
from shared.store.worker_liveness import MISSED_BEATS
from shared.text import to_printable
from trainer.publishing.rollout import RolloutStatus

if TYPE_CHECKING:
    from trainer.export.choose import Choice  # with all estimators, which are slow to import

MAX_SILENT_SHOWN = 10
"""The most workers that are gone and named."""
_MAX_CLASSES_SHOWN = 12
_SHOWN = 0.05
"""Seconds of the shortest step that is shown."""


def describe_candidates(
    choice: "Choice", metric: str, classes: Sequence[str], baseline: Baseline | None = None
) -> list[str]:
    """List the scores on validation, and the confusion matrix of the chosen candidate.

    It marks the chosen candidate with `*`, and those that cannot be exported with `x`.
    """
    results, chosen = choice.results, choice.name
    others = dict.fromkeys(name for result in results for name in result.metrics)
    names = list({metric: None, **others})
    errors = ", ".join(name_metric(name) for name in names if is_error(name))

    def row(name: str, found: Mapping[str, float], seconds: str) -> list[str]:
        scores = (show_score(each, found[each]) if each in found else "-" for each in names)
        return [name, *scores, seconds]

    fitted = [result for result in results if result.metrics]
    rows = [["estimator", *map(name_metric, names), "fit s"]]
    rows += [row(each.name, each.metrics, f"{each.fit_seconds:.2f}") for each in fitted]
    marks = ["", *("x" if each.error else "*" * (each.name == chosen) for each in fitted)]
    if baseline is not None:
        rows.append(row("baseline", baseline.metrics, ""))
    direction = f" ({errors}: lower is better)" if errors else ""
    lines = ["", f"Scores on validation{direction}:", *_columns(rows, marks)]
    if any(not each.error and each.name != chosen for each in fitted):
        lines.append("  * is exported and published. Without a mark, the export was not tried.")
    if baseline is not None:
        lines.append(f"  The baseline always answers {baseline.answer}.")
    lines += [_describe_failure(result) for result in results if result.error is not None]
    best = next(result for result in results if result.name == chosen)
    if best.confusion_matrix is not None and len(classes) <= _MAX_CLASSES_SHOWN:
        lines += ["", f"Confusion matrix of {chosen} (rows: true class, columns: predicted class):"]
        table = [["", *classes]]
        table += [
            [label, *map(str, counts)]
            for label, counts in zip(classes, best.confusion_matrix, strict=True)
        ]
        lines += _columns(table)
    return lines


def describe_publication(
    manifest: Manifest, report: CandidateReport, publish_seconds: float
) -> list[str]:
    """Describe the published candidate: its holdout score, its proof, and the time of each step.

    *publish_seconds* is the time of publishing, which includes `encode_seconds`.
    """
    score = manifest.holdout_metrics[manifest.metric]
    result = describe_score(manifest.metric, score, " on the holdout")
    lines = ["", f"Chosen: {manifest.model_name}, {result}"]
    classes = tuple(manifest.data.class_counts.get("holdout", ()))
    if positive := find_positive_class(manifest.metric, classes):
        lines.append(f"Positive class: {positive}")
    if manifest.refitted:
        rows = manifest.data.parts["train"] + manifest.data.parts["validation"]
        lines.append(
            f"Refit: it is fitted again on the {rows:,} rows of train and validation; "
            "the scores on validation are those of the fit on train"
        )
    if manifest.threshold is not None:
        lines.append(f"Threshold: {manifest.threshold.describe()}")
    warnings = (warn_about_unexported(manifest), warn_about_baseline(manifest))
    lines += [f"warning: {warning}" for warning in warnings if warning]
    parity = manifest.parity
    if parity is None:
        lines.append("Export: a pickle (ALLOW_JOBLIB=true)")
    elif parity.max_relative_difference is not None:
        scale = parity.target
        size = f"the target's deviation ({scale.deviation:.4g})" if scale else "each number"
        most = f"{parity.max_relative_difference:.1e} times {size}"
        lines.append(f"Export: ONNX, numbers on {_count_rows(parity)} differ by at most {most}")
    else:
        largest = parity.max_probability_difference
        within = "" if largest is None else f", probabilities within {largest:.1e}"
        lines.append(f"Export: ONNX, equal labels on {_count_rows(parity)}{within}")
    if report.unmeasured:
        count, features = len(report.measured), len(report.measured) + report.unmeasured
        lines.append(f"Report: the importance of {count} of {features} features was measured")
    time = _describe_time(manifest.durations, publish_seconds)
    return [*lines, f"Published: candidate {manifest.candidate_id}", time]


def _count_rows(parity: Parity) -> str:
    rows = f"{parity.rows:,} rows"
    if parity.generated_rows is None:
        return rows
    return f"{rows} and {parity.generated_rows:,} generated rows"


def describe_decision(decision: Decision, repeated: int | None = None) -> list[str]:
    """Describe the decision. Without a promotion, list the failed checks.

    *repeated* is the version that already had the same model, byte for byte.
    """
    name, registry = decision.model_name, decision.registry
    if registry is not None:
        return [
            f"Decision {decision.number}: {name} promoted to v{registry.version}{_why(decision)}",
            *((f"  {describe_repetition(decision, repeated)}",) if repeated else ()),
            *(_not_checked(decision) if registry.previous_version else ()),
        ]
    if decision.outcome == "unchanged":
        return [f"Decision {decision.number}: {name} unchanged, production has the same model"]
    return [
        f"Decision {decision.number}: {name} {decision.outcome}, production stays as it is",
        *(line for check in decision.failed for line in _check(check, decision.metric)),
    ]


def describe_rollout(rollout: RolloutStatus) -> list[str]:
    """Return the convergence line, and one line for each worker that has not converged."""
    if not rollout.workers:
        starts = f"v{rollout.version} is served as soon as a predictor starts."
        if not rollout.silent:
            return [f"No heartbeat of a predictor was seen. {starts}"]
        silent = sorted(rollout.silent, key=lambda each: each.beat_at, reverse=True)
        more = len(silent) - MAX_SILENT_SHOWN
        return [
            f"No live heartbeat of a predictor was seen. {starts}",
            *(_describe_silent(worker) for worker in silent[:MAX_SILENT_SHOWN]),
            *([f"  and {more} more"] if more > 0 else []),
        ]
    on = f"{len(rollout.converged)}/{len(rollout.workers)} workers"
    absent = [worker for worker in rollout.workers if worker not in rollout.converged]
    changes = [f"{n} {verb}" for n, verb in ((rollout.came, "came"), (rollout.went, "went")) if n]
    since = f" (since the decision, {' and '.join(changes)})" if changes else ""
    return [
        f"v{rollout.version} serving on {on} after {rollout.convergence_ms} ms{since}",
        *(describe_worker(worker, rollout.version) for worker in absent),
    ]


def _describe_silent(worker: Heartbeat) -> str:
    """Describe a worker that is gone; its clock may differ from ours."""
    seconds = MISSED_BEATS * worker.heartbeat_seconds
    last = f"{worker.beat_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    host = to_printable(worker.host)
    return (
        f"  worker {worker.worker} on {host} was silent for more than {seconds:g} s; "
        f"its last heartbeat is of {last}, by its own clock"
    )


def describe_worker(worker: Heartbeat, version: int) -> str:
    """Describe a worker that does not serve the version."""
    serves = f"still serves v{worker.serving_version}" if worker.serving_version else "serves none"
    error = f": {to_printable(worker.last_error)}" if worker.last_error else f", not v{version} yet"
    return f"  worker {worker.worker} {serves}{error}"


def _not_checked(decision: Decision) -> list[str]:
    return [
        f"  {check.name}: not checked. {to_printable(check.message)}"
        for check in decision.not_checked
    ]


def _why(decision: Decision) -> str:
    challenger, champion = (decision.scores.get(name) for name in ("challenger", "champion"))
    if not isinstance(challenger, float):
        return ""
    rows = f" on {_describe_rows(decision)}"
    if isinstance(champion, float):
        rows += f", production had {show_score(decision.metric, champion)}"
    return f" ({describe_score(decision.metric, challenger, rows)})"


def _describe_rows(decision: Decision) -> str:
    counts = count_compared_rows((check.name, check.observed) for check in decision.checks)
    if counts is None or counts[0] == counts[1]:
        return "the holdout"
    before = decision.registry.previous_version if decision.registry else None
    who = f"v{before}" if before else "production"
    return f"the {counts[0]} of {counts[1]} holdout rows that {who} was not trained on"


def _describe_time(durations: Mapping[str, float], publish_seconds: float) -> str:
    """Return the time of the run, with the steps that took at least a twentieth of a second."""
    steps = {name.removesuffix("_seconds"): seconds for name, seconds in durations.items()}
    steps.pop("encode", None)  # a part of publishing
    steps["publish"] = publish_seconds
    shown = [f"{name} {seconds:.1f}" for name, seconds in steps.items() if seconds >= _SHOWN]
    return f"Time: {sum(steps.values()):.1f} s ({', '.join(shown)})"


def _check(found: CheckResult, metric: str) -> list[str]:
    check = turn_errors(found, metric, found.name)
    values = {"observed": check.observed, "required": check.required}
    summary = ", ".join(f"{label} {_value(value)}" for label, value in values.items())
    if any(isinstance(value, dict | list) for value in values.values()):
        summary = "failed"  # the message has the details
    return [f"  {check.name}: {summary}", f"    {to_printable(check.message)}"]


def _value(value: Any) -> str:
    return format_score(value) if isinstance(value, float) else str(value)


def _describe_failure(result: CandidateResult) -> str:
    if result.metrics:  # it was scored
        return f"x {result.name} cannot be exported: {result.error}"
    return f"  {result.name} was excluded: {result.error}"


def _columns(rows: list[list[str]], marks: Sequence[str] = ()) -> list[str]:
    """Align rows: the first column to the left, numbers to the right. Mark the first rows."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    padded = [*marks, *[""] * (len(rows) - len(marks))]
    for (first, *others), mark in zip(rows, padded, strict=True):
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append(f"{mark:2}{'  '.join(cells)}".rstrip())
    return lines
