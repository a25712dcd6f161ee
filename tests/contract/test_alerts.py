"""The alerts in deploy/monitoring: documented, read by Prometheus, and firing when they should."""

import re
from pathlib import Path
from typing import Any

import yaml

from tests.contract.test_metrics_document import documented
from tests.support.processes.prometheus import promtool
from tests.support.project import ROOT

FILE = ROOT / "deploy" / "monitoring" / "alerts.yml"
TEXT = (ROOT / "docs" / "metrics.md").read_text()
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(FILE.read_text())["groups"] for rule in group["rules"]
]

PREDICTOR, GATEKEEPER = "modelgate_predictor_", "modelgate_gatekeeper_"
DURATION = f'{PREDICTOR}request_duration_seconds_bucket{{endpoint="/predict"'
CASES: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    # When an alert fires, its series each minute or day, and series of the same metrics without it.
    "ModelgateServiceDown": ("2m", {"up": "0x2"}, {"up": "1x2"}),
    "ModelgateWorkerBehind": (
        "2m",
        {f'{PREDICTOR}serving_version{{worker="0"}}': "1x2",
         f'{PREDICTOR}desired_version{{worker="0"}}': "2x2"},
        {f'{PREDICTOR}serving_version{{worker="0"}}': "1 2 2",
         f'{PREDICTOR}desired_version{{worker="0"}}': "2x2"},
    ),
    "ModelgateWorkerError": ("2m", {f"{PREDICTOR}error": "1x2"}, {f"{PREDICTOR}error": "1 0 1"}),
    "ModelgateWorkerNotPolling": (
        "3m",
        {f"{PREDICTOR}registry_read_timestamp_seconds": "0x3"},
        {f"{PREDICTOR}registry_read_timestamp_seconds": "0 60 120 180"},
    ),
    "ModelgateModelInQuarantine": (
        "1m",
        {f"{PREDICTOR}quarantined_models": "1x1"},
        {f"{PREDICTOR}quarantined_models": "0x1"},
    ),
    "ModelgateWorkersDying": (
        "15m",
        {f"{PREDICTOR}worker_starts_total": "4+1x15", f"{PREDICTOR}workers": "4x15"},
        # One worker was replaced, and then the predictor was restarted.
        {f"{PREDICTOR}worker_starts_total": "4 5x6 4x7", f"{PREDICTOR}workers": "4x15"},
    ),
    "ModelgateRequestsFailing": (
        "11m",
        {f'{PREDICTOR}requests_total{{status="200"}}': "0+90x11",
         f'{PREDICTOR}requests_total{{status="503"}}': "0+10x11"},
        {f'{PREDICTOR}requests_total{{status="200"}}': "0+90x11",
         f'{PREDICTOR}requests_total{{status="422"}}': "0+10x11"},
    ),
    "ModelgatePredictionsSlow": (
        "11m",
        {f'{DURATION},le="0.05"}}': "0+90x11",
         f'{DURATION},le="0.1"}}': "0+99x11",
         f'{DURATION},le="+Inf"}}': "0+99x11"},
        {f'{DURATION},le="0.05"}}': "0+99x11",
         f'{DURATION},le="0.1"}}': "0+99x11",
         f'{DURATION},le="+Inf"}}': "0+99x11"},
    ),
    "ModelgateCandidatesPending": (
        "11m",
        {f"{GATEKEEPER}pending_candidates": "2x11"},
        {f"{GATEKEEPER}pending_candidates": "1 1 0 1x8"},
    ),
    "ModelgateGatekeeperBlocked": (
        "2m", {f"{GATEKEEPER}blocked": "1x2"}, {f"{GATEKEEPER}blocked": "1 0 1"}
    ),
    "ModelgateNoPromotion": (
        "31d",
        {f"{GATEKEEPER}promoted_timestamp_seconds": "1x31"},
        # Nothing was promoted yet.
        {f"{GATEKEEPER}promoted_timestamp_seconds": "0x31"},
    ),
    "ModelgateRolledBack": (
        "2m",
        {f'{GATEKEEPER}failed_checks_total{{check="probation-failures"}}': "0 1 1"},
        {f'{GATEKEEPER}failed_checks_total{{check="score-floor"}}': "0 1 1"},
    ),
    "ModelgateDrift": (
        "1m",
        {f'{GATEKEEPER}drift_parts{{part="values"}}': "1x1"},
        {f'{GATEKEEPER}drift_parts{{part="values"}}': "0x1"},
    ),
    "ModelgateVersionsDiffer": (
        "3m",
        {f'{GATEKEEPER}fleet_workers{{version="1"}}': "1x3",
         f'{GATEKEEPER}fleet_workers{{version="2"}}': "3x3"},
        {f'{GATEKEEPER}fleet_workers{{version="2"}}': "4x3"},
    ),
    "ModelgateWebhookFailing": (
        "61m",
        {f'{GATEKEEPER}webhook_failing_timestamp_seconds{{receiver="a"}}': "1x61"},
        {f'{GATEKEEPER}webhook_failing_timestamp_seconds{{receiver="a"}}': "0x61"},
    ),
}  # fmt: skip


def test_the_document_shows_the_alerts_of_the_file() -> None:
    table = TEXT.split("## Alerts")[1].split("## ")[0]
    shown = re.findall(r"^\| (.+) \| `(.+)` \| (\d+m) \|$", table, re.MULTILINE)
    # A name in the table may be a link.
    plain = [(re.sub(r"\[(.+)\]\(.+\)", r"\1", name), *rest) for name, *rest in shown]
    assert plain == [(rule["annotations"]["summary"], rule["expr"], rule["for"]) for rule in RULES]


def test_the_alerts_name_metrics_that_exist() -> None:
    named = {name for rule in RULES for name in re.findall(r"modelgate_\w+", rule["expr"])}
    assert named
    assert {name.removesuffix("_bucket") for name in named} <= documented().keys()


def test_each_alert_says_how_bad_it_is_and_what_to_do() -> None:
    for rule in RULES:
        assert rule["labels"]["severity"] in {"critical", "warning"}, rule["alert"]
        assert rule["annotations"]["description"].endswith("."), rule["alert"]


def test_promtool_reads_the_alerts() -> None:
    promtool("check", "rules", str(FILE))


def test_each_alert_fires_only_when_it_should(tmp_path: Path) -> None:
    assert list(CASES) == [rule["alert"] for rule in RULES]
    files = []
    for interval in ("1m", "1d"):
        tests = [
            _write_test(name, moment, interval, series, fires=fires)
            for name, (moment, firing, silent) in CASES.items()
            if moment[-1] == interval[-1]
            for series, fires in ((firing, True), (silent, False))
        ]
        file = tmp_path / f"{interval}.yml"
        content = {"rule_files": [str(FILE)], "evaluation_interval": interval, "tests": tests}
        file.write_text(yaml.safe_dump(content))
        files.append(str(file))
    promtool("test", "rules", *files)


def _write_test(
    alert: str, moment: str, interval: str, series: dict[str, str], *, fires: bool
) -> dict[str, Any]:
    """Write a unit test of promtool: whether an alert fires at a moment."""
    firing = f'group(ALERTS{{alertname="{alert}",alertstate="firing"}})'
    samples = [{"labels": "{}", "value": 1}] if fires else []
    return {
        "name": alert,
        "interval": interval,
        "input_series": [
            {"series": _of_one_instance(name), "values": values} for name, values in series.items()
        ],
        "promql_expr_test": [{"expr": firing, "eval_time": moment, "exp_samples": samples}],
    }


def _of_one_instance(series: str) -> str:
    """Add the labels that a scrape adds."""
    name, _, labels = series.removesuffix("}").partition("{")
    return f'{name}{{{labels}{"," if labels else ""}job="modelgate",instance="one"}}'
