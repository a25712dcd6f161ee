"""The prediction log of one worker: the parts that it consists of."""

import logging
import time

from predictor.lifecycle.served_model import ServedModel
from predictor.metrics.log_metrics import LogMetrics
from predictor.prediction_log.current_segment import CurrentSegment
from predictor.prediction_log.drops import Drops
from predictor.prediction_log.line_encoder import LineEncoders
from predictor.prediction_log.log_keeper import LogKeeper
from predictor.prediction_log.log_writer import LogWriter
from predictor.prediction_log.omitted_columns import OmittedColumns
from predictor.prediction_log.row_ids import RowIds
from predictor.prediction_log.row_log import RowLog
from predictor.prediction_log.row_queue import RowQueue
from predictor.prediction_log.waiting_replies import WaitingReplies
from predictor.settings import PredictorSettings
from shared.contract.layout import StoreLayout

logger = logging.getLogger(__name__)


class PredictionLog:
    """Logs the rows that a worker answers. Without a share, only old segments are kept in order."""

    def __init__(
        self, settings: PredictorSettings, layout: StoreLayout, worker: str, metrics: LogMetrics
    ) -> None:
        """Raise SettingsError if the names of the omitted columns cannot be read."""
        self._omitted = OmittedColumns(settings.log_omit)
        segment = CurrentSegment(layout, worker)
        self._keeper = LogKeeper(
            layout,
            worker,
            segment,
            days=settings.log_days,
            max_bytes=settings.log_mib << 20,
        )
        self.rows: RowLog | None = None
        """The log of single requests; None if no row is logged."""
        self._encoders: LineEncoders | None = None
        self._writer: LogWriter | None = None
        if settings.log_share > 0:
            drops = Drops(metrics)
            queue = RowQueue(drops)
            replies = WaitingReplies(queue, drops)
            ids = RowIds()
            self._encoders = LineEncoders(self._omitted, ids.prefix)
            self.rows = RowLog(
                queue,
                replies,
                settings.log_share,
                ids=ids,
                encoders=self._encoders,
                drops=drops,
            )
            self._writer = LogWriter(
                queue,
                replies,
                segment,
                encoders=self._encoders,
                metrics=metrics,
                drops=drops,
                on_finished=self._keeper.wake,
            )

    def serve(self, served: ServedModel) -> None:
        """Prepare for a version; call this before it is served."""
        if self._encoders is not None:
            self._omitted.warn(served.model.artefact.features)
            self._encoders.find(served)

    def start(self) -> None:
        """Write and publish until `stop`."""
        self._keeper.start()
        if self._writer is not None:
            self._writer.start()

    def ask_to_stop(self) -> None:
        """Let the rows that wait be written. Returns at once."""
        if self._writer is not None:
            self._writer.ask_to_stop()

    def stop(self, patience_seconds: float) -> None:
        """Write and publish the last rows; wait for this at most *patience_seconds*."""
        deadline = time.monotonic() + patience_seconds
        if self._writer is not None:
            self._writer.stop(patience_seconds)
        self._keeper.stop(max(0.0, deadline - time.monotonic()))
