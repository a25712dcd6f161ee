"""What the server and the model say about themselves."""

from predictor.codec.reply import Reply
from predictor.lifecycle.served_model import ServedModel
from predictor.open_inference.inputs import list_inputs
from predictor.open_inference.outputs import list_outputs, make_output
from predictor.open_inference.replies import ok_reply
from shared.contract.documents import ONNX_MEDIA_TYPE
from shared.version import VERSION


def server_metadata(served: ServedModel | None) -> Reply:
    """The server's name, version and extensions."""
    content = {"name": "modelgate", "version": VERSION, "extensions": ["binary_tensor_data"]}
    return ok_reply(served, content)


def model_metadata(served: ServedModel) -> Reply:
    """The model's inputs and outputs.

    The outputs are those for its own example row: what is said here is what it gives.
    """
    model = served.model
    artefact = model.artefact
    predictions = model.servable.predict(model.example_rows)
    outputs = [(name, make_output(name, predictions, artefact)) for name in list_outputs(artefact)]
    is_onnx = artefact.model.media_type == ONNX_MEDIA_TYPE
    content = {
        "name": served.registry.model_name,
        "versions": [str(served.version)],
        "platform": "onnx_onnxv1" if is_onnx else "sklearn_joblib",
        "inputs": [
            _tensor(one.name, one.datatype, (1, one.columns))
            for one in list_inputs(artefact.features)
        ],
        "outputs": [_tensor(name, found.datatype, found.shape) for name, found in outputs],
    }
    return ok_reply(served, content)


def _tensor(name: str, datatype: str, shape: tuple[int, ...]) -> dict[str, object]:
    """The first dimension is the rows: any number of them."""
    return {"name": name, "datatype": datatype, "shape": [-1, *shape[1:]]}
