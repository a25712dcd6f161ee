"""Answer one prediction request, from body to reply, without any HTTP server."""

import logging

from predictor.codec.reply import Reply, error_reply
from predictor.lifecycle.served_model import PredictionCounter, ServedModel
from shared.errors import InputError, ServableError
from shared.inference.servable import predict_in_batches

logger = logging.getLogger(__name__)


def answer_request(served: ServedModel, body: bytes, count: PredictionCounter) -> Reply:
    """Reply to *body* with one version: 200, 422 for a bad request, 500 if the model fails."""
    try:
        request = served.model.reader.read(body)
        predictions = predict_in_batches(served.model.servable, request.rows)
        content = served.writer.write(predictions, many=request.many, ids=request.ids)
    except InputError as error:
        return error_reply(422, error.code, str(error), error.field)
    except ServableError as error:
        logger.error("Version %d failed on a valid request: %s", served.version, error)  # noqa: TRY400 - the message is complete
        return error_reply(
            500, "prediction_failed", "The model failed on these rows; see the service's log."
        )
    count(served, predictions.values, request.rows)
    return Reply(200, served.headers, content)
