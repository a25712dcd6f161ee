"""The Open Inference Protocol, version 2, over REST: the API that Triton and KServe clients use.

How does an infer request become a response? `routes` takes the served model and calls `infer`.
It calls the files from left to right, and none of them twice:

    request ─▶ metadata ─▶ input_rows ─▶ (the model) ─▶ response ─▶ replies
                               │                            │
                          number_tensor ─▶ tensor_data    codec

This room reads before the model call and writes after it. `codec` checks the predictions.
`openapi` describes the routes, and `error_handlers` converts the framework's own errors.
"""
