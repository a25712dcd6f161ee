"""Encode rows of the default data as request bodies."""

import json

import numpy as np
import numpy.typing as npt
from sklearn.datasets import load_breast_cancer

from bench.harness.servers import Server
from bench.load.load_generator import Request

Rows = npt.NDArray[np.float64]
"""Shape [n, 30]."""


def sample_rows(count: int) -> Rows:
    """Return rows of the data, shape [count, 30]; after the last row, the first one follows.

    The values are rounded to float32, so that they have about 17 digits, like computed features.
    """
    rows = np.resize(load_breast_cancer().data, (count, 30))
    return rows.astype(np.float32).astype(np.float64)


def encode_row(row: npt.NDArray[np.float64]) -> bytes:
    """Encode the body of POST /predict for one row."""
    return json.dumps({"features": row.tolist()}).encode()


def encode_rows(rows: Rows) -> bytes:
    """Encode the body of POST /predict for many rows."""
    return json.dumps({"instances": rows.tolist()}).encode()


def v2_binary_request(server: Server, model: str, rows: Rows) -> Request:
    """Encode a V2 request with binary tensors that asks for probabilities."""
    path = f"/v2/models/{model}"
    _, body = server.get(path)
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
