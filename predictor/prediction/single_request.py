"""One prediction request, from body to reply. It knows no server, so that any may stand on it."""

import logging

from predictor.codec.reply import Reply, error_reply
from predictor.lifecycle.served_model import PredictionCounter, ServedModel
from shared.errors import InputError, ServableError
from shared.inference.servable import predict_in_batches

logger = logging.getLogger(__name__)


def answer_request(served: ServedModel, body: bytes, count: PredictionCounter) -> Reply:
    """Answer *body* wholly from *served*: 200, 422 for a bad request, 500 for a broken model."""
    try:
        query = served.model.reader.read(body)
        predictions = predict_in_batches(served.model.servable, query.rows)
        content = served.writer.write(predictions, many=query.many)
    except InputError as error:
        return error_reply(422, error.code, str(error), error.field)
    except ServableError as error:
        logger.error("Version %d failed on a valid request: %s", served.version, error)  # noqa: TRY400 - the message says it all
        return error_reply(
            500, "prediction_failed", "The model failed on these rows; the service's log says more."
        )
    count(served, predictions.values, query.rows)
    return Reply(200, served.headers, content)
