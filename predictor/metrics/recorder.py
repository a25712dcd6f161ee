"""Count in one worker. A request costs a few additions in memory."""

import threading
import time
from bisect import bisect_left
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from predictor.codec.reply import PREDICT_PATH
from predictor.lifecycle.manager import ReloadOutcome, WorkerStatus
from predictor.lifecycle.served_model import ServedModel
from predictor.metrics import families
from predictor.metrics.live_metrics import LiveMetrics
from predictor.metrics.log_metrics import LogMetrics
from predictor.metrics.lost_counts import LostCounts
from predictor.metrics.prometheus_text import Family, observe
from predictor.metrics.shared_area import Numbers, SharedArea, VectorKey
from predictor.metrics.shared_memory import MetricsMemory
from shared.inference.feature_encoding import UNSEEN
from shared.inference.servable import AnyRows, Predictions
from shared.inference.strict_values import make_printable

OTHER_ENDPOINT = "other"
"""The endpoint of requests without a route, and the status of replies with an unusual one."""
MAX_NAMED_LABELS = 50
"""Number of classes, or features, that are counted by name; the others are counted together."""
OTHER_LABELS = "(others)"
REFUSED_CLIENT = ""
"""The client of requests without an allowed key."""

_CLIENT_REQUESTS = families.CLIENT_REQUESTS.name
_OUTCOMES: tuple[ReloadOutcome, ...] = get_args(ReloadOutcome)
_STATUSES = (*(str(status.value) for status in HTTPStatus), OTHER_ENDPOINT)
_STATUS_COLUMNS = {status.value: column for column, status in enumerate(HTTPStatus)}
_MAX_LIST_COMPARISONS = 1024
"""Number of comparisons up to which a list counts faster than an array."""


class EndpointCounters:
    """Counts the requests to one endpoint; only for the event loop's thread."""

    def __init__(self, main: SharedArea, path: str, lost: LostCounts) -> None:
        self._lost = lost
        self._statuses = main.vector(
            VectorKey(families.REQUESTS.name, (path,), _STATUSES), len(_STATUSES)
        )
        self._seconds = _sample(main, families.REQUEST_SECONDS, path)

    def count_reply(self, status: int, seconds: float, count: int = 1) -> None:
        """Count *count* replies of *status*, *seconds* after their requests arrived."""
        self._statuses[_STATUS_COLUMNS.get(status, -1)] += count
        self._seconds[bisect_left(families.LATENCY_BOUNDS, seconds)] += count
        self._seconds[-1] += seconds * count

    def count_replies(self, statuses: Sequence[int], seconds: float) -> None:
        """Count replies with these *statuses*; the first request arrived *seconds* before.

        Never raise an error: the replies are delivered already.
        """
        try:
            for status in set(statuses):
                self.count_reply(status, seconds, statuses.count(status))
        except Exception as error:  # noqa: BLE001 - such as MemoryError
            self._lost.report(error)

    def count_refusal(self, status: int) -> None:
        """Count a reply of *status* to bytes that were refused before they were a request."""
        self._statuses[_STATUS_COLUMNS.get(status, -1)] += 1


class MetricsRecorder:
    """Counts one worker's metrics in a slot of *memory*.

    `endpoint`, `client` and their counters are for the event loop's thread. `count_reload` and
    `note_registry_read` are for the thread that follows the registry. One thread at a time may
    call `show_status`, and any thread `count_predictions`.
    """

    def __init__(self, memory: MetricsMemory) -> None:
        slot = memory.claim()
        self._main, self._versions = slot.main, slot.versions
        self._lost = LostCounts("metrics")
        self._endpoints: dict[str, EndpointCounters] = {}
        self._clients: dict[str, Numbers] = {}
        self._refused = _sample(self._main, families.CLIENT_REQUESTS, REFUSED_CLIENT)
        self._lock = threading.Lock()
        self._version = 0
        self._classes = 0
        self._predictions: Numbers
        self._unseen: Numbers
        self._categories: list[int] = []
        """The columns of categories, which may have unseen values."""
        self._batches = _sample(self._main, families.BATCH_ROWS)
        self._reloads = self._main.vector(
            VectorKey(families.RELOADS.name, (), _OUTCOMES), len(_OUTCOMES)
        )
        self._loads = _sample(self._main, families.LOAD_SECONDS)
        self._gauges = {gauge: _sample(self._main, gauge) for gauge in families.WORKER_GAUGES}
        for gauge in self._gauges.values():
            gauge[0] = 0.0  # the slot's previous worker left its own
        self.live = LiveMetrics(self._main, self._gauges[families.LIVE_UNWRITTEN])
        """The metrics of the live counts, for the thread that writes them."""
        self.log = LogMetrics(self._main)
        """The metrics of the prediction log."""
        _sample(self._main, families.WORKER_STARTS)[0] += 1

    def endpoint(self, path: str) -> EndpointCounters:
        """Return the counters of a route's path, or of OTHER_ENDPOINT; never of a client's text."""
        counters = self._endpoints.get(path)
        if counters is None:
            counters = self._endpoints[path] = EndpointCounters(self._main, path, self._lost)
        return counters

    def client(self, name: str) -> Numbers:
        """Return the one number to add to for each request of a client.

        The names of keys may change without end, so only the first ones have their own number.
        """
        counter = self._clients.get(name)
        if counter is None:
            known = {key.labels[0] for key in self._main.keys if key.name == _CLIENT_REQUESTS}
            label = name if name in known or len(known) <= MAX_NAMED_LABELS else OTHER_LABELS
            counter = _sample(self._main, families.CLIENT_REQUESTS, label)
            self._clients[name] = counter
        return counter

    def count_refused_client(self, path: str, status: int) -> None:
        """Count a request without an allowed key; *path* is the path that the client sent."""
        self._refused[0] += 1
        self.endpoint(path if path == PREDICT_PATH else OTHER_ENDPOINT).count_refusal(status)

    def count_predictions(
        self, served: ServedModel, predictions: Predictions, rows: AnyRows
    ) -> None:
        """Count the predictions of one call for *rows*.

        Never raise an error: the rows are answered already.
        """
        try:
            with self._lock:
                self._count_call(served, predictions.values, rows)
        except Exception as error:  # noqa: BLE001 - such as MemoryError for a mask of many rows
            self._lost.report(error)

    def _count_call(self, served: ServedModel, values: npt.NDArray[Any], rows: AnyRows) -> None:
        if served.version != self._version:
            self._switch_to(served)
        left = len(values)
        self._batches[bisect_left(families.ROW_BOUNDS, left)] += 1
        self._batches[-1] += left
        if self._categories:
            self._count_unseen(rows)
        numbers = self._predictions
        if not self._classes:
            numbers[0] += left
            return
        for index, count in enumerate(_count_classes(values, self._classes)):
            if count:
                numbers[index] += count
                left -= count
        numbers[-1] += left

    def count_reload(self, outcome: ReloadOutcome, seconds: float = 0.0) -> None:
        """Count one attempt to serve another version; *seconds* is the time of a load."""
        self._reloads[_OUTCOMES.index(outcome)] += 1
        if outcome == "loaded":
            observe(self._loads, families.LOAD_BOUNDS, seconds)

    def show_status(self, status: WorkerStatus) -> None:
        """Set the gauges to *status*; call this at each change."""
        desired, served, gauges = status.desired, status.served, self._gauges
        gauges[families.DESIRED_VERSION][0] = desired.version if desired else 0
        gauges[families.SERVING_VERSION][0] = served.version if served else 0
        gauges[families.PROMOTED][0] = served.registry.promoted_at.timestamp() if served else 0
        gauges[families.ERROR][0] = status.last_error is not None
        if status.last_error is not None:
            gauges[families.LAST_ERROR][0] = time.time()

    def note_registry_read(self) -> None:
        """Record that the registry was valid just now."""
        self._gauges[families.REGISTRY_READ][0] = time.time()

    def _count_unseen(self, rows: AnyRows) -> None:
        is_unseen = rows[:, self._categories] == UNSEEN
        if not is_unseen.any():
            return
        for index, count in enumerate(is_unseen.sum(axis=0).tolist()):
            self._unseen[min(index, MAX_NAMED_LABELS)] += count

    def _switch_to(self, served: ServedModel) -> None:
        """Count for the version of *served* from now on."""
        artefact = served.model.artefact
        labels = (make_printable(served.registry.model_name), str(served.version))
        columns = _name_columns(artefact.classes) or ("",)
        key = VectorKey(families.PREDICTIONS.name, labels, columns)
        area = self._find_area(key)
        self._predictions = area.vector(key, len(columns))
        self._classes = len(artefact.classes[:MAX_NAMED_LABELS])
        categories = [i for i, one in enumerate(artefact.features) if one.type == "category"]
        if columns := _name_columns([artefact.features[i].name for i in categories]):
            key = VectorKey(families.UNSEEN_CATEGORIES.name, labels, columns)
            self._unseen = area.vector(key, len(columns))
        self._categories = categories
        self._version = served.version

    def _find_area(self, key: VectorKey) -> SharedArea:
        """Return the area with *key*, otherwise the oldest version's area, emptied."""
        oldest = min(self._versions, key=_find_version)
        for area in self._versions:
            if key in area.keys:
                return area
        if oldest.keys:
            oldest.clear()
        return oldest


def _sample(area: SharedArea, family: Family, *labels: str) -> Numbers:
    return area.vector(VectorKey(family.name, labels), family.length)


def _find_version(area: SharedArea) -> int:
    """Find the version of the predictions in *area*; 0 if it is empty."""
    return max((int(key.labels[1]) for key in area.keys), default=0)


def _count_classes(values: npt.NDArray[Any], classes: int) -> list[int]:
    """Count each class in *values*; ignore all other values."""
    if len(values) * classes <= _MAX_LIST_COMPARISONS:
        predicted = values.tolist()
        return [predicted.count(index) for index in range(classes)]
    known = values[(values >= 0) & (values < classes)]
    counts: list[int] = np.bincount(known, minlength=classes).tolist()
    return counts


def _name_columns(names: Sequence[str]) -> tuple[str, ...]:
    """Make labels of the first *names*, and one for all others; nothing without a name."""
    return (*map(make_printable, names[:MAX_NAMED_LABELS]), OTHER_LABELS) if names else ()
