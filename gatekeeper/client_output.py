"""How the command line shows the API's answers to people. Pure: JSON in, text out."""

from collections.abc import Callable, Sequence
from typing import Any

from gatekeeper.policy.check_names import check_title
from shared.score_format import format_score

Json = dict[str, Any]


def show_registry(registry: Json) -> str:
    """What is in production."""
    before = registry["previous_version"]
    return _pairs(
        {
            "version": f"{registry['version']}"
            + (f" (before: {before})" if before else " (the first)"),
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
    """Every version, oldest first."""
    rows = [
        [
            version["registry"]["version"],
            _time(version["registry"]["promoted_at"]),
            version["outcome"],
            version["registry"]["model_name"],
            _score(version["registry"]),
            "yes" if version["restorable"] else "no, its model was removed",
        ]
        for version in reversed(history["versions"])
    ]
    titles = ["version", "since", "by", "model", "score", "can be restored"]
    return _table(titles, rows) or "Nothing was in production yet."


def show_history(page: Json) -> str:
    """The decision log, newest last, as a log is read."""
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
    titles = ["#", "decided at", "outcome", "version", "model", "score", "champion", "why"]
    text = _table(titles, rows) or "Nothing was decided yet."
    return f"{text}\n(older ones: --limit)" if page["before"] else text


def show_decision(decision: Json) -> str:
    """One decision with every check."""
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
    """All candidates, oldest first."""
    rows = [
        [
            candidate["candidate_id"],
            candidate["outcome"]
            or ("waits for approval" if candidate["waiting"] else "waits to be judged"),
            candidate["decision"] or "-",
            candidate["model_name"] or "-",
        ]
        for candidate in answer["candidates"]
    ]
    return _table(["candidate", "outcome", "decision", "model"], rows) or "There are no candidates."


def show_candidate(answer: Json) -> str:
    """What a candidate claims, and what became of it."""
    manifest, decision = answer["manifest"], answer["decision"]
    parts = [_pairs({"candidate": answer["candidate_id"]})]
    if manifest is None:
        parts.append(f"Its manifest cannot be shown: {answer['manifest_error']}")
    else:
        claims = {"model": manifest["model_name"], "created at": _time(manifest["created_at"])}
        claims |= {f"{k} on holdout": _number(v) for k, v in manifest["holdout_metrics"].items()}
        parts = [_pairs({"candidate": answer["candidate_id"], **claims})]
    if waiting := answer["waiting"]:
        since = _time(waiting["since"])
        parts.append(f"It passed every check and waits for approval since {since}.")
        parts.append(_checks(waiting["checks"]))
    else:
        parts.append(show_decision(decision) if decision else "It waits to be judged.")
    return "\n\n".join(parts)


def show_fleet(fleet: Json) -> str:
    """How far the predictor's workers are."""
    version = fleet["registry_version"]
    if version is None:
        head = "Nothing is in production yet."
    else:
        on = fleet["serving"].get(str(version), 0)
        head = f"v{version} is in production, served by {on} of {fleet['live']} live workers."
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
    table = _table(["worker", "is", "serves", "wants", "last seen", "last error"], rows)
    return f"{head}\n\n{table or 'There are no workers.'}"


def show_rollback(decision: Json) -> str:
    """What a rollback has done."""
    version = decision["registry"]["version"]
    restored = decision["checks"][0]["observed"]
    return (
        f"v{version} is in production: the model of v{restored}, {decision['model_name']}. "
        "See `status` for the workers that serve it."
    )


def show_answer(decision: Json) -> str:
    """What an approval or a rejection has done."""
    who, registry = f"{decision['model_name']} ({decision['candidate_id']})", decision["registry"]
    if registry is None:
        return f"{who} is refused, by decision {decision['number']}."
    return (
        f"v{registry['version']} is in production: {who}. "
        "See `status` for the workers that serve it."
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
    "approve": show_answer,
    "reject": show_answer,
}


def _checks(checks: Sequence[Json]) -> str:
    rows = [
        ["ok" if check["passed"] else "FAILED", check_title(check["name"]), check["message"]]
        for check in checks
    ]
    return _table(["", "check", "found"], rows)


def _reason(decision: Json) -> str:
    """What the figures beside it do not say already."""
    if decision["outcome"] == "rolled_back":
        return f"the model of v{decision['checks'][0]['observed']}"
    return " ".join(check["message"] for check in decision["checks"] if not check["passed"])


def _score(registry: Json) -> str:
    return f"{registry['metric']} {_number(registry['metrics'].get(registry['metric']))}"


def _number(value: float | None) -> str:
    return "-" if value is None else format_score(value)


def _time(text: str) -> str:
    """To the second, in UTC: 2026-01-31 12:00:00."""
    return text[:19].replace("T", " ")


def _pairs(values: Json) -> str:
    width = max(map(len, values))
    return "\n".join(f"{name:{width}}  {value}" for name, value in values.items())


def _table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as their widest cell; nothing at all without rows."""
    if not rows:
        return ""
    cells = [list(titles), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(titles))]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)
