"""Rows of the default data, as the bodies that clients send."""

import json

import numpy as np
import numpy.typing as npt
from sklearn.datasets import load_breast_cancer

from bench.harness.servers import Server
from bench.load.load_generator import Request

Rows = npt.NDArray[np.float64]
"""Shape [n, 30]."""


def sample_rows(count: int) -> Rows:
    """Real rows, shape [count, 30], again from the start when there are no more.

    They went through float32, so that a number has some 17 digits, as computed features have.
    """
    rows = np.resize(load_breast_cancer().data, (count, 30))
    return rows.astype(np.float32).astype(np.float64)


def encode_row(row: npt.NDArray[np.float64]) -> bytes:
    """The body of POST /predict for one row."""
    return json.dumps({"features": row.tolist()}).encode()


def encode_rows(rows: Rows) -> bytes:
    """The body of POST /predict for many rows."""
    return json.dumps({"instances": rows.tolist()}).encode()


def v2_binary_request(server: Server, model: str, rows: Rows) -> Request | str:
    """A V2 request with binary tensors, probabilities only; or why the server takes none."""
    path = f"/v2/models/{model}"
    status, body = server.get(path)
    if status != 200:  # noqa: PLR2004 - HTTP's OK
        return f"GET {path} answers {status}"
    data = rows.astype("<f4").tobytes()
    header = {
        "inputs": [
            {
                "name": json.loads(body)["inputs"][0]["name"],
                "shape": list(rows.shape),
                "datatype": "FP32",
                "parameters": {"binary_data_size": len(data)},
            }
        ],
        "outputs": [{"name": "probabilities", "parameters": {"binary_data": True}}],
    }
    encoded = json.dumps(header).encode()
    headers = {
        "Content-Type": "application/octet-stream",
        "Inference-Header-Content-Length": str(len(encoded)),
    }
    return Request(f"{server.url}{path}/infer", encoded + data, headers)
