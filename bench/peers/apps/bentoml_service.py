"""Serve the model with BentoML."""

import os

import bentoml
import joblib
import numpy as np


@bentoml.service(workers=1)
class Service:
    """The model as a service."""

    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    @bentoml.api  # type: ignore[untyped-decorator]  # from a peer's environment
    def predict(self, features: list[float]) -> dict[str, object]:
        """Return class and probabilities."""
        probabilities = self.model.predict_proba(np.array([features]))[0]
        return {"prediction": int(probabilities.argmax()), "probabilities": probabilities.tolist()}
