"""The Prometheus metrics of live scores."""

from prometheus_client.core import GaugeMetricFamily, Metric

from gatekeeper.live_score.score_board import ScoreBoard

PREFIX = "modelgate_gatekeeper_live_score"


def collect_live_scores(board: ScoreBoard) -> list[Metric]:
    """Return the families; a version without a score has only its rows."""
    value, low, high, rows, unusable = (
        GaugeMetricFamily(f"{PREFIX}{name}", text, labels=["version"])
        for name, text in (
            ("", "METRIC on the newest labelled rows of a version; higher is better."),
            ("_low", "Lower end of the 95 % interval of the live score."),
            ("_high", "Upper end of the 95 % interval of the live score."),
            ("_rows", "Labelled rows that the live score is about."),
            (
                "_unusable_rows",
                "Further rows whose label or logged answer is not a class, or not a number.",
            ),
        )
    )
    for version, score in board.scores.items():
        found, label = score.found, [str(version)]
        for family, number in ((value, found.value), (low, found.low), (high, found.high)):
            if number is not None:
                family.add_metric(label, number)
        rows.add_metric(label, found.rows)
        unusable.add_metric(label, found.unusable)
    return [value, low, high, rows, unusable]
