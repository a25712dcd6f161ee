"""One infer request, from body to reply, with one served version."""

import logging

from predictor.codec.prediction_writer import NOT_FINITE
from predictor.codec.reply import Reply
from predictor.codec.request_ids import MAX_ID_CHARACTERS
from predictor.lifecycle.served_model import PredictionCounter, ServedModel
from predictor.loop_turns import give_turn
from predictor.open_inference.input_rows import read_rows
from predictor.open_inference.metadata import choose_outputs
from predictor.open_inference.replies import protocol_error
from predictor.open_inference.request import read_request
from predictor.open_inference.response import write_response
from predictor.open_inference.sent_strings import SentTensors
from predictor.prediction.usual_rows import fails_on_usual_row
from predictor.prediction_log.answered_rows import ModelCall
from predictor.prediction_log.row_log import RowLog
from shared.errors import InputError, ServableError

logger = logging.getLogger(__name__)


def infer(
    served: ServedModel,
    body: bytes,
    json_length: str | None,
    count: PredictionCounter,
    log: RowLog | None = None,
) -> Reply:
    """Reply to *body*: 200, 400 for a bad request, or 500 if the model fails.

    *json_length* is the value of the header Inference-Header-Content-Length. Run this in a
    thread if the body is large.
    """
    artefact = served.model.artefact
    try:
        request = read_request(body, json_length)
        give_turn()
        outputs = choose_outputs(request, artefact)
        rows = read_rows(request.inputs, served.model.reader.schema, artefact.number_type)
        give_turn()
        predictions = served.model.predict(rows)
        is_logged = log is not None and log.choose()
        request_id = request.id
        if log is not None and is_logged:
            request_id = request.id or log.make_ids(1)[0]
        reply = write_response(served, request_id, outputs, predictions)
    except InputError as error:
        reply = protocol_error(400, str(error)).made_by(served.version)
        if error.code != NOT_FINITE:
            return reply
        return reply.about(is_not_finite=fails_on_usual_row(artefact, rows, predictions))
    except ServableError as error:
        logger.error("Version %d failed on a valid request: %s", served.version, error)  # noqa: TRY400 - the message is complete
        reply = protocol_error(500, "The model failed on these rows; see the service's log.")
        return reply.made_by(served.version)
    count(served, predictions, rows)
    if log is not None and is_logged and request_id is not None:
        strings = SentTensors(body, json_length, served.model.reader.schema)
        ids = (
            _name_rows(request_id, len(rows))
            if len(request_id) <= MAX_ID_CHARACTERS
            else log.make_ids(len(rows))
        )
        log.log_request(ModelCall(served, predictions, rows), ids, strings.find_strings, len(body))
    return reply


def _name_rows(request_id: str, count: int) -> list[str]:
    """Return the id of each row of a request."""
    return [request_id] if count == 1 else [f"{request_id}/{row}" for row in range(count)]
