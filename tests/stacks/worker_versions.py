"""The registry version of all workers of a predictor, by its metrics: also without a gatekeeper."""

from predictor.metrics.families import DESIRED_VERSION, SERVING_VERSION
from tests.support.http.metrics_page import MetricsPage


def find_agreed_version(page: MetricsPage) -> int | None:
    """Return the version that every worker serves and wants to serve; None if they differ.

    After a promotion one worker can answer with the new version while another serves the old one.
    """
    gauges = (page.all(family.name) for family in (DESIRED_VERSION, SERVING_VERSION))
    found = {int(version) for gauge in gauges for version in gauge.values()}
    return found.pop() if len(found) == 1 else None
