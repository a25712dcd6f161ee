"""The encoders of the versions that are served."""

from weakref import WeakKeyDictionary

from predictor.lifecycle.served_model import ServedModel
from predictor.prediction_log.line_encoder import LineEncoder
from predictor.prediction_log.omitted_columns import OmittedColumns


class LineEncoders:
    """Makes one encoder for each version, for any thread. It keeps no model in memory."""

    def __init__(self, omitted: OmittedColumns, id_prefix: str) -> None:
        """Make encoders that leave out the columns *omitted*; generated ids begin as given."""
        self._omitted = omitted
        self._prefix = id_prefix
        self._encoders: WeakKeyDictionary[ServedModel, LineEncoder] = WeakKeyDictionary()

    def find(self, served: ServedModel) -> LineEncoder:
        """Return the encoder of a version; make it if it is the first call for it."""
        encoder = self._encoders.get(served)
        if encoder is None:
            omitted = self._omitted.find(served.model.artefact.features)
            encoder = LineEncoder(served, omitted, self._prefix)
            self._encoders[served] = encoder
        return encoder
