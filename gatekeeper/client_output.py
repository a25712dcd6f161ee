"""Show responses of the API on the command line. Pure: JSON in, text out."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from gatekeeper.aligned_text import align_pairs, align_table
from gatekeeper.policy.check_names import check_title, show_check
from shared.check_text import count_compared_rows
from shared.contract.check_result import RESULTS, CheckResult
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
            "restorable": "yes" if version["restorable"] else "no: model removed",
        }
        for version in reversed(history["versions"])
    ]
    return align_table(rows, "No model was in production yet.")


def show_history(page: Json) -> str:
    """Show the decision log, newest last."""
    repeated = _repeated_models(page["decisions"])
    rows = [
        {
            "#": decision["number"],
            "decided at": _time(decision["decided_at"]),
            "outcome": decision["outcome"],
            "version": f"v{decision['registry']['version']}" if decision["registry"] else "-",
            "model": decision["model_name"],
            "score": _number(decision["metric"], decision["scores"].get("challenger")),
            "champion": _number(decision["metric"], decision["scores"].get("champion")),
            "holdout rows": _compared_rows(decision),
            "reason": repeated.get(decision["number"]) or _reason(decision),
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
    return f"{align_pairs(head)}\n\n{_checks(decision['checks'], decision['metric'])}"


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
            head["threshold"] = f"{threshold['label']} from probability {threshold['probability']}"
    parts = [align_pairs(head)]
    if not manifest:
        parts.append(f"Its manifest cannot be shown: {answer['manifest_error']}")
    if waiting := answer["waiting"]:
        since = _time(waiting["since"])
        parts.append(f"It passed every check and has awaited approval since {since}.")
        parts.append(_checks(waiting["checks"], manifest["metric"] if manifest else ""))
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
        head = f"v{version} is in production. Live workers that serve it: {on} of {fleet['live']}."
    rows = [
        {
            "worker": worker["worker"],
            "state": "live" if worker["live"] else "gone",
            "serves": f"v{worker['serving_version']}" if worker["serving_version"] else "nothing",
            "wants": f"v{worker['desired_version']}" if worker["desired_version"] else "-",
            "last seen": _time(worker["beat_at"]),
            "last error": worker["last_error"] or "",
        }
        for worker in fleet["workers"]
    ]
    return f"{head}\n\n{align_table(rows, 'There are no workers.')}"


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


def _in_production(decision: Json, what: str) -> str:
    version = decision["registry"]["version"]
    return f"v{version} is in production. {what} `make status` shows the workers that serve it."


def _checks(checks: Sequence[Json], metric: str) -> str:
    rows = [
        {
            "result": _result(check),
            "check": check_title(check["name"]),
            "message": _message(check, metric),
        }
        for check in checks
    ]
    return align_table(rows, "No check ran.")


def _message(check: Json, metric: str) -> str:
    values = {name: check[name] for name in ("name", "passed", "observed", "required", "message")}
    return show_check(CheckResult(**values), metric).message


def _result(check: Json) -> str:
    if skipped := check.get("skipped"):
        return RESULTS.get(skipped, str(skipped))
    return "ok" if check["passed"] else "FAILED"


def _reason(decision: Json) -> str:
    """Return the reason for a decision, as far as the other columns do not show it."""
    if decision["outcome"] == "rolled_back":
        words = (decision.get("reason"), f"by {by}" if (by := decision.get("decided_by")) else None)
        return ", ".join([f"model of v{decision['checks'][0]['observed']}", *filter(None, words)])
    failed = (check for check in decision["checks"] if not check["passed"])
    return " ".join(_message(check, decision["metric"]) for check in failed)


def _compared_rows(decision: Json) -> str:
    """Return `46 of 160` if production was trained on the other 114 rows."""
    counts = count_compared_rows((each["name"], each["observed"]) for each in decision["checks"])
    return "-" if counts is None else f"{counts[0]} of {counts[1]}"


def _repeated_models(decisions: Sequence[Json]) -> dict[int, str]:
    """Say which decisions, newest first, are on the model that was in production."""
    found = {
        each["number"]: "the same model" for each in decisions if each["outcome"] == "unchanged"
    }
    promoted = [each for each in decisions if each["registry"]]
    for each, before in itertools.pairwise(promoted):
        version, digest = before["registry"]["version"], before["registry"]["digest"]
        if each["outcome"] == "promoted" and each["registry"]["digest"] == digest:
            found[each["number"]] = f"the same model as v{version}"
    return found


def _named_score(registry: Json) -> str:
    return f"{name_metric(registry['metric'])} {_score(registry)}"


def _score(registry: Json) -> str:
    return _number(registry["metric"], registry["metrics"].get(registry["metric"]))


def _number(metric: str, value: float | None) -> str:
    return "-" if value is None else show_score(metric, value)


def _time(text: str) -> str:
    """Format a time of the API, which is in UTC: 2026-01-31 12:00:00 UTC."""
    return f"{text[:19].replace('T', ' ')} UTC"
