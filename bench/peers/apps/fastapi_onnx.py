"""Serve with FastAPI, pydantic models for request and response, and one onnxruntime thread."""

import os

import numpy as np
import onnxruntime
from fastapi import FastAPI
from pydantic import BaseModel

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["MODEL"], options)
name = session.get_inputs()[0].name
app = FastAPI()


class Row(BaseModel):
    """The request."""

    features: list[float]


class Response(BaseModel):
    """The response."""

    prediction: int
    probabilities: list[float]


@app.post("/predict")
async def predict(row: Row) -> Response:
    """Return class and probabilities."""
    labels, probabilities = session.run(None, {name: np.array([row.features], dtype=np.float32)})
    return Response(prediction=labels[0], probabilities=probabilities[0].tolist())
