"""Merge the sections of a partial run into a kept run. Each has its own date and machine then."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bench.report.results import Measurement, not_measured
from bench.report.targets import TARGETS, judge

OWN = ("measured_at", "machine")
"""The facts of a run that a merged section keeps."""


def merge_partial(kept: Mapping[str, Any], partial: Mapping[str, Any]) -> dict[str, Any]:
    """Return *kept* with the sections of *partial* that are newer and have the same plan.

    Both are documents of runs.
    """
    newer = {
        name: {**section, **{fact: partial[fact] for fact in OWN}}
        for name, section in partial["sections"].items()
        if partial["plan"] == kept["plan"] and partial["measured_at"] > find_date(kept, name)
    }
    sections = {**kept["sections"], **newer}
    keys = {target.key for target in TARGETS if target.section in newer}
    measured = {
        **kept["measured"],
        **{key: value for key, value in partial["measured"].items() if key in keys},
    }
    known = {target.key: not_measured("measured in the next run") for target in TARGETS}
    known |= {key: Measurement(**value) for key, value in measured.items()}
    return {
        **kept,
        "failed_requests": sum(section["failed"] for section in sections.values()),
        "targets": asdict(judge(known)),
        "measured": measured,
        "sections": sections,
    }


def find_date(run: Mapping[str, Any], name: str) -> str:
    """Return when a section of *run* was measured; the date of the run without this section."""
    date: str = run["sections"].get(name, {}).get("measured_at", run["measured_at"])
    return date


def describe_origin(section: Mapping[str, Any]) -> str:
    """Describe when and where a merged section was measured; empty for any other section."""
    if "measured_at" not in section:
        return ""
    machine = section["machine"]
    return (
        f"\n\nMeasured at {section['measured_at']}, after the run above: {machine['cpu']}, "
        f"{machine['cores']} cores, Python {machine['python']}, load average before "
        f"{machine['load_average_before']:.2f}."
    )
