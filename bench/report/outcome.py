"""Build the document of a run, which is printed, written as JSON, and shown in the docs."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from statistics import median
from typing import Any

from bench.report.curves import curve_chart
from bench.report.plot import Bar, bar_chart
from bench.report.results import Measurement, Section, Table, not_measured
from bench.report.targets import TARGETS, judge

FORMAT_VERSION = 1
_ELSEWHERE = {
    "peers": "run make bench-peers",
    "fleet": "run make bench ARGS='--only fleet'",
}
_BARE = "bare ASGI, constant response"


def build_document(
    facts: Mapping[str, object],
    sections: list[Section],
    errors: Mapping[str, str],
    only: Collection[str] = (),
) -> dict[str, Any]:
    """Build the JSON content of a run; with *only*, the targets of these sections."""
    measured = collect_measurements(sections, errors)
    return {
        "format_version": FORMAT_VERSION,
        **facts,
        "errors": dict(errors),
        "failed_requests": sum(section.failed for section in sections),
        "targets": asdict(judge(measured, only)),
        "measured": {key: asdict(measurement) for key, measurement in measured.items()},
        "sections": {section.name: asdict(section) for section in sections},
    }


def collect_measurements(
    sections: list[Section], errors: Mapping[str, str]
) -> dict[str, Measurement]:
    """Return the measurement of each target, or the reason why it is missing."""
    measured = {key: value for section in sections for key, value in section.measured.items()}
    for target in TARGETS:
        section = target.section
        why = errors.get(section) or _ELSEWHERE.get(section) or "not part of this run"
        measured.setdefault(target.key, not_measured(why.partition("\n")[0]))
    return measured


def read_table(content: Mapping[str, Any]) -> Table:
    """Read a table from JSON."""
    rows = [tuple(row) for row in content["rows"]]
    return Table(content["title"], tuple(content["header"]), rows)


def draw_chart(content: Mapping[str, Any]) -> str | None:
    """Draw the requests a second at 32 connections, or a fleet's curves; None without figures."""
    sections = content["sections"]
    if "fleet" in sections:
        curves = sections["fleet"]["raw"]["curves"]
        return curve_chart(**curves, linear="linear growth, for comparison")
    section = sections.get("peers") or sections.get("throughput")
    if section is None:
        return None
    suffix = ", 32 connections"
    rates = {
        name.removesuffix(suffix): median(round_["rate"] for round_ in rounds)
        for name, rounds in section["raw"].items()
        if name.endswith(suffix)
    }
    bare = rates.get(_BARE, 1.0)
    bars = [
        Bar(name, rate, f"({rate / bare:.2f} times bare ASGI)", name.startswith("Modelgate"))
        for name, rate in sorted(rates.items(), key=lambda item: -item[1])
    ]
    return bar_chart("POST, one row, 32 connections, one worker: requests a second", bars)
