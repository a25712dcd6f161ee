"""Read the settings of a run. A malformed one is a problem, and the run goes on to find others."""

import os

from shared.scoring.costs import COSTS_VARIABLE
from shared.scoring.scorer_names import METRICS, NEG_COST, propose_metrics
from shared.settings import CommonSettings, read_settings
from trainer.problems import Problems
from trainer.settings import TrainerSettings

_OF_ANY_CLASSES = "accuracy"
"""This metric asks for no other setting."""


def read_given_settings(problems: Problems) -> tuple[CommonSettings, TrainerSettings]:
    """Return the settings. In place of a malformed value, they have the default.

    An unknown METRIC is read as the one that was probably meant. With malformed costs, neg_cost is
    read as a metric that needs none, since the costs are already a problem.
    """
    common, errors = read_settings(CommonSettings)
    own, errors_of_own = read_settings(TrainerSettings)
    for error in (*errors, *errors_of_own):
        problems.add(error)
    metric = os.environ.get("METRIC") or common.metric
    if metric not in METRICS:
        likely = next(iter(propose_metrics(metric)), _OF_ANY_CLASSES)
        common = common.model_copy(update={"metric": likely})
    if metric == NEG_COST and os.environ.get(COSTS_VARIABLE) and common.costs is None:
        common = common.model_copy(update={"metric": _OF_ANY_CLASSES})
    return common, own
