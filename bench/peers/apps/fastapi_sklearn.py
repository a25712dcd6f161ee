"""Serve with FastAPI, a pickled pipeline and scikit-learn, as most people do."""

import os

import joblib
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
model = joblib.load(os.environ["MODEL"])


class Row(BaseModel):
    """The request."""

    features: list[float]


@app.post("/predict")
async def predict(row: Row) -> dict[str, object]:
    """Return class and probabilities."""
    rows = np.array([row.features])
    return {
        "prediction": int(model.predict(rows)[0]),
        "probabilities": model.predict_proba(rows)[0].tolist(),
    }
