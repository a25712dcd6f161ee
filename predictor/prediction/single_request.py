"""Answer one prediction request, from body to reply, without any HTTP server."""

import logging

from predictor.codec.answer_pieces import AnswerPieces
from predictor.codec.prediction_writer import NOT_FINITE
from predictor.codec.reply import Reply, error_reply
from predictor.lifecycle.served_model import PredictionCounter, ServedModel
from predictor.loop_turns import give_turn
from predictor.prediction.usual_rows import fails_on_usual_row
from predictor.prediction_log.answered_rows import ModelCall
from predictor.prediction_log.row_log import RowLog
from predictor.prediction_log.sent_strings import SentRows
from shared.errors import InputError, ServableError
from shared.tracing.traceparent import describe_traces

logger = logging.getLogger(__name__)


def answer_request(
    served: ServedModel,
    body: bytes,
    count: PredictionCounter,
    log: RowLog | None = None,
    *,
    in_pieces: bool = False,
) -> Reply:
    """Reply to *body* with one version: 200, 422 for a bad request, 500 if the model fails.

    *in_pieces* allows that a large body of the reply is encoded while it is sent.
    """
    try:
        request = served.model.reader.read(body)
        give_turn()
        predictions = served.model.predict(request.rows)
        content: bytes | AnswerPieces
        is_logged = log is not None and log.choose()
        ids = request.ids
        if log is not None and is_logged and ids is None:
            ids = log.make_ids(len(request.rows))
        if request.many and in_pieces:
            content = served.writer.write_in_pieces(predictions, ids)
        else:
            content = served.writer.write(predictions, many=request.many, ids=ids)
    except InputError as error:
        reply = error_reply(422, error.code, str(error), error.field).made_by(served.version)
        if error.code != NOT_FINITE:
            return reply
        artefact = served.model.artefact
        return reply.about(is_not_finite=fails_on_usual_row(artefact, request.rows, predictions))
    except ServableError as error:
        logger.error(  # noqa: TRY400 - the message is complete
            "Version %d failed on a valid request: %s",
            served.version,
            error,
            extra=describe_traces([body]),
        )
        reply = error_reply(
            500, "prediction_failed", "The model failed on these rows; see the service's log."
        )
        return reply.made_by(served.version)
    count(served, predictions, request.rows)
    if log is not None and is_logged and ids is not None:
        find = SentRows(body, served.model.reader.schema).find_strings
        log.log_request(ModelCall(served, predictions, request.rows), ids, find, len(body))
    return Reply.from_body(served.headers, content, served.version, len(request.rows))
