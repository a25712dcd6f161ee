"""Show responses of the API on the command line. Pure: JSON in, text out."""

from collections.abc import Callable
from typing import Any

from gatekeeper.aligned_text import align_pairs, align_table
from gatekeeper.decision_text import (
    find_repetitions,
    show_checks,
    show_compared_rows,
    show_reason,
)
from gatekeeper.training_text import show_time as _time
from shared.metric_text import name_metric, show_score

Json = dict[str, Any]


def show_registry(registry: Json) -> str:
    """Show what is in production."""
    before = registry["previous_version"]
    shown = {
        "version": f"{registry['version']} ({f'previous: {before}' if before else 'the first'})",
        "model": registry["model_name"],
        name_metric(registry["metric"]): _score(registry),
        "since": _time(registry["promoted_at"]),
        "decision": registry["decision"],
        "candidate": registry["candidate_id"],
        "digest": registry["digest"],
    }
    if positive := registry.get("positive_classes", {}).get(registry["version"]):
        shown["positive class"] = positive
    if threshold := _threshold(registry, registry["version"]):
        shown["threshold"] = threshold
    if "signature" in registry:
        shown["signature"] = registry["signature"]
    return align_pairs(shown)


def show_versions(history: Json) -> str:
    """Show all versions, oldest first."""
    rows = [
        {
            "version": version["registry"]["version"],
            "since": _time(version["registry"]["promoted_at"]),
            "by": version["outcome"],
            "model": version["registry"]["model_name"],
            "score": _named_score(version["registry"]),
            "threshold": describe_threshold(version.get("threshold")),
            "restorable": "yes" if version["restorable"] else "no: model removed",
        }
        for version in reversed(history["versions"])
    ]
    return align_table(rows, "No model was in production yet.")


def show_history(page: Json) -> str:
    """Show the decision log, newest last. Thresholds have a column if there are any."""
    repeated = find_repetitions(page["decisions"])
    rows: list[Json] = [
        {
            "#": decision["number"],
            "decided at": _time(decision["decided_at"]),
            "outcome": decision["outcome"],
            "version": f"v{decision['registry']['version']}" if decision["registry"] else "-",
            "model": decision["model_name"],
            "score": _number(decision["metric"], decision["scores"].get("challenger")),
            "champion": _number(decision["metric"], decision["scores"].get("champion")),
            **({"threshold": _decided_threshold(page, decision)} if page.get("thresholds") else {}),
            "holdout rows": show_compared_rows(decision),
            "reason": repeated.get(decision["number"]) or show_reason(decision),
        }
        for decision in reversed(page["decisions"])
    ]
    text = align_table(rows, "There are no decisions yet.")
    return f"{text}\n(use --limit to show older decisions)" if page["before"] else text


def show_decision(decision: Json) -> str:
    """Show one decision with all its checks."""
    registry = decision["registry"]
    head = {
        "decision": decision["number"],
        "decided at": _time(decision["decided_at"]),
        "outcome": decision["outcome"] + (f" as v{registry['version']}" if registry else ""),
        "candidate": decision["candidate_id"] or "-",
        "model": decision["model_name"],
    }
    head |= {
        label: decision[name]
        for name, label in (("decided_by", "decided by"), ("reason", "reason"))
        if name in decision
    }
    return f"{align_pairs(head)}\n\n{show_checks(decision['checks'], decision['metric'])}"


def show_candidates(answer: Json) -> str:
    """Show all candidates, oldest first."""
    rows = [
        {
            "candidate": each["candidate_id"],
            "outcome": each["outcome"] or ("awaiting approval" if each["waiting"] else "pending"),
            "decision": each["decision"] or "-",
            "model": each["model_name"] or "-",
        }
        for each in answer["candidates"]
    ]
    return align_table(rows, "There are no candidates.")


def show_candidate(answer: Json) -> str:
    """Show the claims of a candidate and its decision."""
    manifest, decision = answer["manifest"], answer["decision"]
    head = {"candidate": answer["candidate_id"]}
    if manifest:
        head |= {"model": manifest["model_name"], "created at": _time(manifest["created_at"])}
        scores = manifest["holdout_metrics"].items()
        head |= {f"{name_metric(k)} on holdout": _number(k, v) for k, v in scores}
        if baseline := manifest.get("baseline"):
            metric = manifest["metric"]
            score = _named_score({"metric": metric, "metrics": baseline["holdout_metrics"]})
            head["baseline"] = f"{score} on holdout: always {baseline['answer']}"
        if threshold := manifest.get("threshold"):
            head["threshold"] = describe_threshold(threshold)
    parts = [align_pairs(head)]
    if not manifest:
        parts.append(f"Its manifest cannot be shown: {answer['manifest_error']}")
    if waiting := answer["waiting"]:
        since = _time(waiting["since"])
        parts.append(f"It passed every check and has awaited approval since {since}.")
        parts.append(show_checks(waiting["checks"], manifest["metric"] if manifest else ""))
    else:
        parts.append(show_decision(decision) if decision else "It is pending: not judged yet.")
    return "\n\n".join(parts)


def show_fleet(fleet: Json) -> str:
    """Show which version the predictor's workers serve."""
    version = fleet["registry_version"]
    if version is None:
        head = "No model is in production yet."
    else:
        on = fleet["serving"].get(str(version), 0)
        threshold = _threshold(fleet, version)
        rule = f", with the threshold {threshold}" if threshold else ""
        live = f"Live workers that serve it: {on} of {fleet['live']}."
        head = f"v{version} is in production{rule}. {live}"
    rows = [
        {
            "worker": worker["worker"],
            "state": _state(worker),
            "serves": f"v{worker['serving_version']}" if worker["serving_version"] else "nothing",
            "wants": f"v{worker['desired_version']}" if worker["desired_version"] else "-",
            "last seen": _time(worker["beat_at"]),
            "last error": " ".join(filter(None, (worker["last_error"], worker["note"]))),
        }
        for worker in fleet["workers"]
    ]
    head += show_quarantine(fleet)
    if health := fleet.get("health"):  # a gatekeeper of an older release has none
        head += f"\n{health['sentence']}"
    if probation := fleet.get("probation"):
        head += f"\n{probation['sentence']}"
    left_out = fleet["left_out"]
    table = align_table(rows, "There are no workers.")
    return "\n\n".join([head, table, *(["\n".join(left_out)] if left_out else [])])


def _state(worker: Json) -> str:
    if not worker.get("judged", True):
        return "unknown"  # the gatekeeper has just started
    return "live" if worker["live"] else "gone"


def show_quarantine(fleet: Json) -> str:
    """Say, after a blank, that workers do not call the model in production; otherwise nothing."""
    count = fleet.get("quarantined", 0)
    if not count:
        return ""
    return (
        f" v{fleet['registry_version']} is in quarantine on {count} of {fleet['live']} live "
        "workers, because it failed repeatedly. Roll back, or promote another model."
    )


def show_rollback(decision: Json) -> str:
    """Show the result of a rollback."""
    restored = decision["checks"][0]["observed"]
    return _in_production(decision, f"It is the model of v{restored}, {decision['model_name']}.")


def show_approval(decision: Json) -> str:
    """Show the result of an approval or a rejection."""
    who = f"{decision['model_name']} ({decision['candidate_id']})"
    if decision["registry"] is None:
        return f"{who} is refused by decision {decision['number']}."
    return _in_production(decision, f"It is {who}.")


SHOW: dict[str, Callable[[Json], str]] = {
    "registry": show_registry,
    "versions": show_versions,
    "history": show_history,
    "decision": show_decision,
    "candidates": show_candidates,
    "candidate": show_candidate,
    "status": show_fleet,
    "rollback": show_rollback,
    "approve": show_approval,
    "reject": show_approval,
}


def describe_threshold(threshold: Json | None) -> str:
    """Return the rule in words: `malignant from probability 0.3`; `-` without one."""
    if threshold is None:
        return "-"
    return f"{threshold['label']} from probability {threshold['probability']:.6g}"


def _threshold(answer: Json, version: int) -> str | None:
    """Return the threshold of a version, from those that the client has added to *answer*."""
    found: str | None = answer.get("thresholds", {}).get(version)
    return found


def _decided_threshold(page: Json, decision: Json) -> str:
    registry = decision["registry"]
    return (registry and _threshold(page, registry["version"])) or "-"


def _in_production(decision: Json, what: str) -> str:
    version = decision["registry"]["version"]
    return f"v{version} is in production. {what} `make status` shows the workers that serve it."


def _named_score(registry: Json) -> str:
    return f"{name_metric(registry['metric'])} {_score(registry)}"


def _score(registry: Json) -> str:
    return _number(registry["metric"], registry["metrics"].get(registry["metric"]))


def _number(metric: str, value: float | None) -> str:
    return "-" if value is None else show_score(metric, value)
