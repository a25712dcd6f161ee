"""Warn before the fits if the gatekeeper will probably refuse or misread the score of this run."""

import contextlib
import shlex
from collections.abc import Iterator, Sequence

from shared.errors import StoreError
from shared.scoring.scorer_names import BINARY, has_positive_class
from shared.store.decision_log import DecisionLog
from shared.store.models import read_artefact
from shared.store.store import ModelStore


def warn_about_metric(log: DecisionLog, metric: str) -> Iterator[str]:
    """Yield a warning if the last decision on a candidate was made by another metric.

    The gatekeeper's own setting is not in the store, so the warning cannot be an error.
    """
    last = next((d for d in log.decisions() if d.outcome != "rolled_back"), None)
    if last is not None and last.metric != metric:
        yield (
            f"METRIC is {metric}, but the gatekeeper decided by {last.metric} in decision "
            f"{last.number}, its last one. If it still does, it will refuse this candidate. Set "
            f"METRIC={last.metric}, or start all services with METRIC={metric}."
        )


def warn_about_positive_class(
    store: ModelStore, log: DecisionLog, metric: str, classes: Sequence[str]
) -> Iterator[str]:
    """Yield a warning if *metric* measures a class that is not production's positive class."""
    registry = log.registry
    if registry is None or len(classes) != BINARY or not has_positive_class(metric):
        return
    with contextlib.suppress(StoreError, OSError):  # the gatekeeper reports damaged files
        directory = store.models.directory(registry.digest)
        served = read_artefact(directory, registry.digest).classes
        own, other = classes[1], served[1]
        if set(served) == set(classes) and own != other:
            yield (
                f"METRIC={metric} measures the class {own!r}, but {other!r} is the positive class "
                f"of the model in production, v{registry.version}. Their scores are not about the "
                f"same class. Set TRAINER_POSITIVE_LABEL={shlex.quote(other)} to keep the class of "
                "production."
            )
