"""Show responses of the API on the command line. Pure: JSON in, text out."""

from collections.abc import Callable, Sequence
from typing import Any

from gatekeeper.policy.check_names import check_title
from shared.score_format import format_score

Json = dict[str, Any]


def show_registry(registry: Json) -> str:
    """Show what is in production."""
    before = registry["previous_version"]
    return _pairs(
        {
            "version": f"{registry['version']}"
            + (f" (previous: {before})" if before else " (the first)"),
            "model": registry["model_name"],
            registry["metric"]: _number(registry["metrics"].get(registry["metric"])),
            "since": _time(registry["promoted_at"]),
            "decision": registry["decision"],
            "candidate": registry["candidate_id"],
            "digest": registry["digest"],
            **({"signature": registry["signature"]} if "signature" in registry else {}),
        }
    )


def show_versions(history: Json) -> str:
    """Show all versions, oldest first."""
    rows = [
        [
            version["registry"]["version"],
            _time(version["registry"]["promoted_at"]),
            version["outcome"],
            version["registry"]["model_name"],
            _score(version["registry"]),
            "yes" if version["restorable"] else "no: model removed",
        ]
        for version in reversed(history["versions"])
    ]
    titles = ["version", "since", "by", "model", "score", "restorable"]
    return _table(titles, rows) or "No model was in production yet."


def show_history(page: Json) -> str:
    """Show the decision log, newest last."""
    rows = [
        [
            decision["number"],
            _time(decision["decided_at"]),
            decision["outcome"],
            f"v{decision['registry']['version']}" if decision["registry"] else "-",
            decision["model_name"],
            _number(decision["scores"].get("challenger")),
            _number(decision["scores"].get("champion")),
            _reason(decision),
        ]
        for decision in reversed(page["decisions"])
    ]
    titles = ["#", "decided at", "outcome", "version", "model", "score", "champion", "reason"]
    text = _table(titles, rows) or "There are no decisions yet."
    return f"{text}\n(use --limit to show older decisions)" if page["before"] else text


def show_decision(decision: Json) -> str:
    """Show one decision with all its checks."""
    registry = decision["registry"]
    head = _pairs(
        {
            "decision": decision["number"],
            "decided at": _time(decision["decided_at"]),
            "outcome": decision["outcome"] + (f" as v{registry['version']}" if registry else ""),
            "candidate": decision["candidate_id"] or "-",
            "model": decision["model_name"],
        }
    )
    return f"{head}\n\n{_checks(decision['checks'])}"


def show_candidates(answer: Json) -> str:
    """Show all candidates, oldest first."""
    rows = [
        [
            candidate["candidate_id"],
            candidate["outcome"] or ("awaiting approval" if candidate["waiting"] else "pending"),
            candidate["decision"] or "-",
            candidate["model_name"] or "-",
        ]
        for candidate in answer["candidates"]
    ]
    return _table(["candidate", "outcome", "decision", "model"], rows) or "There are no candidates."


def show_candidate(answer: Json) -> str:
    """Show the claims of a candidate and its decision."""
    manifest, decision = answer["manifest"], answer["decision"]
    head = {"candidate": answer["candidate_id"]}
    if manifest:
        head |= {"model": manifest["model_name"], "created at": _time(manifest["created_at"])}
        head |= {f"{k} on holdout": _number(v) for k, v in manifest["holdout_metrics"].items()}
    parts = [_pairs(head)]
    if not manifest:
        parts.append(f"Its manifest cannot be shown: {answer['manifest_error']}")
    if waiting := answer["waiting"]:
        since = _time(waiting["since"])
        parts.append(f"It passed every check and awaits approval since {since}.")
        parts.append(_checks(waiting["checks"]))
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
        [
            worker["worker"],
            "live" if worker["live"] else "gone",
            f"v{worker['serving_version']}" if worker["serving_version"] else "nothing",
            f"v{worker['desired_version']}" if worker["desired_version"] else "-",
            _time(worker["beat_at"]),
            worker["last_error"] or "",
        ]
        for worker in fleet["workers"]
    ]
    table = _table(["worker", "state", "serves", "wants", "last seen", "last error"], rows)
    return f"{head}\n\n{table or 'There are no workers.'}"


def show_rollback(decision: Json) -> str:
    """Show the result of a rollback."""
    version = decision["registry"]["version"]
    restored = decision["checks"][0]["observed"]
    return (
        f"v{version} is in production. It is the model of v{restored}, {decision['model_name']}. "
        "`make status` shows the workers that serve it."
    )


def show_approval(decision: Json) -> str:
    """Show the result of an approval or a rejection."""
    who, registry = f"{decision['model_name']} ({decision['candidate_id']})", decision["registry"]
    if registry is None:
        return f"{who} is refused by decision {decision['number']}."
    return (
        f"v{registry['version']} is in production: {who}. "
        "`make status` shows the workers that serve it."
    )


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


def _checks(checks: Sequence[Json]) -> str:
    rows = [
        ["ok" if check["passed"] else "FAILED", check_title(check["name"]), check["message"]]
        for check in checks
    ]
    return _table(["result", "check", "message"], rows)


def _reason(decision: Json) -> str:
    """Return the reason for a decision, as far as the other columns do not show it."""
    if decision["outcome"] == "rolled_back":
        return f"model of v{decision['checks'][0]['observed']}"
    return " ".join(check["message"] for check in decision["checks"] if not check["passed"])


def _score(registry: Json) -> str:
    return f"{registry['metric']} {_number(registry['metrics'].get(registry['metric']))}"


def _number(value: float | None) -> str:
    return "-" if value is None else format_score(value)


def _time(text: str) -> str:
    """Format a time in UTC to the second: 2026-01-31 12:00:00."""
    return text[:19].replace("T", " ")


def _pairs(values: Json) -> str:
    width = max(map(len, values))
    return "\n".join(f"{name:{width}}  {value}" for name, value in values.items())


def _table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Align columns; return an empty string if there are no rows."""
    if not rows:
        return ""
    cells = [list(titles), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(titles))]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)
