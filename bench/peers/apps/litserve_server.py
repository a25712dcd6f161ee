"""Serve the model with LitServe."""

import os
import sys
from typing import Any

import joblib
import litserve
import numpy as np


class Model(litserve.LitAPI):  # type: ignore[misc]  # from a peer's environment
    """The model as an API."""

    def setup(self, device: str) -> None:
        """Load the model in the worker."""
        del device
        self.model = joblib.load(os.environ["MODEL"])

    def decode_request(self, request: dict[str, Any]) -> Any:
        """Return the row of the request."""
        return np.array([request["features"]])

    def predict(self, rows: Any) -> Any:
        """Return the probabilities."""
        return self.model.predict_proba(rows)[0]

    def encode_response(self, probabilities: Any) -> dict[str, object]:
        """Return class and probabilities."""
        return {"prediction": int(probabilities.argmax()), "probabilities": probabilities.tolist()}


if __name__ == "__main__":
    server = litserve.LitServer(Model(), accelerator="cpu", workers_per_device=1)
    server.run(
        host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning"
    )
