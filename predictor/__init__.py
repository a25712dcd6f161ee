"""The predictor: it follows registry.json and serves predictions of the model in production.

The rooms, in their order; each may import the rooms after it:

- `open_inference`: the Open Inference Protocol below `/v2`
- `http`: the HTTP protocol, the fast path and `POST /predict`
- `prediction`: one request or a batch, from bodies to replies
- `metrics`: Prometheus metrics over all worker processes
- `lifecycle`: follow the registry, load, swap, retry, report
- `codec`: bytes to rows, predictions to bytes
"""
