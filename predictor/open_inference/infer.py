"""One infer request, from body to reply, with one served version."""

import logging

from predictor.codec.reply import Reply
from predictor.lifecycle.served_model import PredictionCounter, ServedModel
from predictor.open_inference.input_rows import read_rows
from predictor.open_inference.metadata import choose_outputs
from predictor.open_inference.replies import protocol_error
from predictor.open_inference.request import read_request
from predictor.open_inference.response import write_response
from shared.errors import InputError, ServableError
from shared.inference.servable import predict_in_batches

logger = logging.getLogger(__name__)


def infer(
    served: ServedModel, body: bytes, json_length: str | None, count: PredictionCounter
) -> Reply:
    """Reply to *body*: 200, 400 for a bad request, or 500 if the model fails.

    *json_length* is the value of the header Inference-Header-Content-Length. Run this in a
    thread if the body is large.
    """
    artefact = served.model.artefact
    try:
        request = read_request(body, json_length)
        outputs = choose_outputs(request, artefact)
        rows = read_rows(request.inputs, served.model.reader.schema, artefact.number_type)
        predictions = predict_in_batches(served.model.servable, rows)
        reply = write_response(served, request.id, outputs, predictions)
    except InputError as error:
        return protocol_error(400, str(error))
    except ServableError as error:
        logger.error("Version %d failed on a valid request: %s", served.version, error)  # noqa: TRY400 - the message is complete
        return protocol_error(500, "The model failed on these rows; see the service's log.")
    count(served, predictions.values, rows)
    return reply
