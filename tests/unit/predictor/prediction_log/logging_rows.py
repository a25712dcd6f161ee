"""A worker's prediction log, whose lines are written when a test says so."""

from collections.abc import Sequence
from pathlib import Path

from predictor.lifecycle.served_model import ServedModel
from predictor.metrics.recorder import MetricsRecorder
from predictor.metrics.scrape import render_metrics
from predictor.metrics.shared_memory import MetricsMemory
from predictor.prediction.request_batch import RequestBatch, predict_batch
from predictor.prediction_log.current_segment import CurrentSegment
from predictor.prediction_log.drops import Drops
from predictor.prediction_log.line_encoder import LineEncoders
from predictor.prediction_log.log_writer import LogWriter
from predictor.prediction_log.omitted_columns import OmittedColumns
from predictor.prediction_log.row_ids import RowIds
from predictor.prediction_log.row_log import RowLog
from predictor.prediction_log.row_queue import RowQueue
from predictor.prediction_log.waiting_replies import WaitingReplies
from predictor.supervision.shared_records import SharedRecords
from shared.prediction_log.logged_row import LoggedRow, decode_row
from shared.store.store import ModelStore
from tests.support.http.metrics_page import MetricsPage

WORKER = "host-1-5f0c9a3e"
DROPPED = "modelgate_predictor_log_dropped_total"
WRITTEN = "modelgate_predictor_log_rows_total"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Logging:
    """A log of all requests, or of a *share* of them."""

    def __init__(self, store: ModelStore, share: float = 1.0, omit: str = "") -> None:
        self.layout = store.layout
        self.clock = Clock()
        self.memory = MetricsMemory(slots=1)
        metrics = MetricsRecorder(self.memory).log
        self.drops = Drops(metrics, self.clock)
        self.queue = RowQueue(self.drops)
        replies = WaitingReplies(self.queue, self.drops)
        ids = RowIds()
        encoders = LineEncoders(OmittedColumns(omit), ids.prefix)
        self.rows = RowLog(self.queue, replies, share, ids=ids, encoders=encoders, drops=self.drops)
        self.segment = CurrentSegment(store.layout, WORKER, self.clock)
        self.finished = 0
        self.writer = LogWriter(
            self.queue,
            replies,
            self.segment,
            encoders=encoders,
            metrics=metrics,
            drops=self.drops,
            on_finished=self._finish,
        )

    def _finish(self) -> None:
        self.finished += 1

    def answer(self, served: ServedModel, bodies: Sequence[bytes]) -> list[bytes]:
        """Answer *bodies* in one turn, and return the bodies of the replies."""
        batch = RequestBatch.read(served, bodies)
        replies = predict_batch(served, batch, lambda *_: None, self.rows)
        return [reply.body for reply in replies]

    @property
    def directory(self) -> Path:
        return self.layout.predictions / WORKER

    def logged(self) -> list[LoggedRow]:
        """Write all rows that wait, and return all rows on the volume; each line must be valid."""
        self.writer.work()
        files = sorted(self.directory.iterdir(), key=lambda path: path.name.removeprefix(".tmp-"))
        rows = [decode_row(line) for path in files for line in path.read_bytes().splitlines()]
        found = [row for row in rows if row is not None]
        assert len(found) == len(rows)
        return found

    def page(self) -> MetricsPage:
        """Return the metrics."""
        return MetricsPage(render_metrics(self.memory, SharedRecords()).decode())
