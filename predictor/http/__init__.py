"""How does `POST /predict` speak HTTP?

    bytes ─▶ FastProtocol ──── plain request ────┐
                  │ ASGI                         ▼
                  ▼                         MicroBatcher ─▶ reply
             PredictEndpoint ─── small body ─────┘
                  │         └─── large body ─▶ a thread ─▶ reply
                  ▼ other paths
             FastAPI's routes

`POST /predict` has two entrances, because ASGI costs three times the prediction:

- `FastProtocol` answers plain requests inside the HTTP protocol. PREDICTOR_FAST_PATH=false turns
  it off.
- `PredictEndpoint` answers all others, ahead of FastAPI and its middleware.

The route in `routes` answers no prediction. It puts `POST /predict` into the OpenAPI document
and replies 405 to other methods.
"""
