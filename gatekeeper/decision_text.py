"""Write the checks and the reason of a decision as text. Pure: JSON in, text out."""

import itertools
from collections.abc import Sequence
from typing import Any

from gatekeeper.aligned_text import align_table
from gatekeeper.policy.check_names import check_title, show_check
from shared.check_text import count_compared_rows
from shared.contract.check_result import RESULTS, CheckResult

Json = dict[str, Any]


def show_checks(checks: Sequence[Json], metric: str) -> str:
    """Show one check in each row."""
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


def show_reason(decision: Json) -> str:
    """Return the reason for a decision, as far as the other columns do not show it."""
    if decision["outcome"] == "rolled_back":
        words = (decision.get("reason"), f"by {by}" if (by := decision.get("decided_by")) else None)
        text = ", ".join([f"model of v{decision['checks'][0]['observed']}", *filter(None, words)])
        causes = [each["message"] for each in decision["checks"] if not each["passed"]]
        return ". ".join([text, *causes])
    failed = (check for check in decision["checks"] if not check["passed"])
    return " ".join(_message(check, decision["metric"]) for check in failed)


def show_compared_rows(decision: Json) -> str:
    """Return `46 of 160` if production was trained on the other 114 rows."""
    counts = count_compared_rows((each["name"], each["observed"]) for each in decision["checks"])
    return "-" if counts is None else f"{counts[0]} of {counts[1]}"


def find_repetitions(decisions: Sequence[Json]) -> dict[int, str]:
    """Say which decisions, newest first, judge the model that was already in production."""
    found = {
        each["number"]: "the same model" for each in decisions if each["outcome"] == "unchanged"
    }
    promoted = [each for each in decisions if each["registry"]]
    for each, before in itertools.pairwise(promoted):
        version, digest = before["registry"]["version"], before["registry"]["digest"]
        if each["outcome"] == "promoted" and each["registry"]["digest"] == digest:
            found[each["number"]] = f"the same model as v{version}"
    return found
