"""Trainings by themselves on the command line. Pure: JSON in, text out."""

from typing import Any

from gatekeeper.aligned_text import align_pairs

Json = dict[str, Any]
_CAUSES = {
    "schedule": "the schedule",
    "data": "changed data",
    "drift": "drift",
    "request": "a request",
    "retry": "a failure before",
}


def show_trainings(answer: Json) -> str:
    """Show the next training and the outcome of the last one."""
    shown = {"next training": _next(answer)}
    if last := answer["last_run"]:
        shown["last training"] = (
            f"{show_time(last['ended_at'])}, {last['outcome'] or last['result']}, "
            f"because of {_causes(last)}"
        )
        if last["message"]:
            shown["message"] = last["message"]
    if answer["failures"]:
        shown["failures in a row"] = answer["failures"]
    return align_pairs(shown)


def show_time(text: str) -> str:
    """Format a time of the API, which is in UTC: 2026-01-31 12:00:00 UTC."""
    return f"{text[:19].replace('T', ' ')} UTC"


def _next(answer: Json) -> str:
    if running := answer["running"]:
        since = show_time(running["started_at"])
        return f"runs since {since}, because of {_causes(running)}"
    if not answer["waiting"]:
        return "none: no process waits to train"
    if answer["requested"]:
        return "requested, begins as soon as no other training runs"
    when = show_time(answer["next_run"]) if answer["next_run"] else None
    if when and answer["failures"]:
        return f"{when}, the next attempt after a failure"
    others = {"watch": "the data changes", "on_drift": "production drifts"}
    causes = [f"when {text}" for name, text in others.items() if answer[name]]
    return ", or ".join(filter(None, (when, *causes, None if when or causes else "on request")))


def _causes(run: Json) -> str:
    return ", ".join(_CAUSES.get(each, each) for each in run["causes"])
