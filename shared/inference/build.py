"""Load a verified model as the servable for its format."""

from shared.contract.documents import JOBLIB_MEDIA_TYPE, ONNX_MEDIA_TYPE
from shared.errors import ServableError
from shared.inference.onnx_servable import OnnxServable
from shared.inference.servable import Servable
from shared.store.models import ModelBytes


def build_servable(model: ModelBytes, *, allow_joblib: bool) -> Servable:
    """Load a verified model.

    Raises ServableError if the format is unknown or not allowed, or the model cannot be loaded.
    """
    media_type = model.artefact.model.media_type
    if media_type == ONNX_MEDIA_TYPE:
        return OnnxServable(model.model, model.artefact)
    if media_type == JOBLIB_MEDIA_TYPE:
        if not allow_joblib:
            raise ServableError(
                "The model is a pickle, and loading one runs code. "
                "Set ALLOW_JOBLIB=true on the trainer, gatekeeper and predictor to accept it."
            )
        from shared.inference.joblib_servable import JoblibServable  # noqa: PLC0415 - unpickling code, and pandas

        return JoblibServable(model.model, model.artefact)
    raise ServableError(
        f"The media type {media_type!r} of the model is unknown; expected {ONNX_MEDIA_TYPE} "
        f"or {JOBLIB_MEDIA_TYPE}."
    )
