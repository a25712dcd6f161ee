"""One infer request, from body to reply, wholly from one served version."""

import logging

from predictor.codec.reply import Reply
from predictor.lifecycle.served_model import PredictionCounter, ServedModel
from predictor.open_inference.outputs import check_predictions, list_outputs, make_output
from predictor.open_inference.replies import protocol_error
from predictor.open_inference.request import read_request
from predictor.open_inference.response import write_response
from predictor.open_inference.rows import read_rows
from shared.errors import InputError, ServableError
from shared.inference.servable import predict_in_batches

logger = logging.getLogger(__name__)


def infer(served: ServedModel, body: bytes, header: str | None, count: PredictionCounter) -> Reply:
    """Answer *body*, whose JSON ends where the Inference-Header-Content-Length *header* says.

    200, 400 for a bad request, 500 for a broken model. The body may be large: call it on a
    thread then.
    """
    artefact = served.model.artefact
    try:
        request = read_request(body, header)
        wanted = request.choose_outputs(list_outputs(artefact))
        rows = read_rows(request.inputs, artefact.features)
        predictions = predict_in_batches(served.model.servable, rows)
        check_predictions(predictions, artefact)
    except InputError as mistake:
        return protocol_error(400, str(mistake))
    except ServableError as failure:
        logger.error("Version %d failed on a valid request: %s", served.version, failure)  # noqa: TRY400 - the message says it all
        return protocol_error(500, "The model failed on these rows; the service's log says more.")
    count(served, predictions.values, rows)
    outputs = [
        (name, make_output(name, predictions, artefact), is_binary)
        for name, is_binary in wanted.items()
    ]
    return write_response(served, request.id, outputs)
