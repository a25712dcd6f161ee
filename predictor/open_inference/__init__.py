"""The Open Inference Protocol, version 2, over REST: the API that Triton and KServe clients use.

How does an infer request become a response? One way, with no step back:

    routes ─▶ infer ─▶ request ─▶ input_rows ─▶ (the model) ─▶ response ─▶ replies
                                      │
                                 number_tensor ─▶ tensor_data

`metadata` lists the tensors of a model, `openapi` describes the routes, and `error_handlers`
puts the framework's own errors into the protocol's form.
"""
