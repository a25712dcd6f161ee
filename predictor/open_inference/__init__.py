"""The Open Inference Protocol, version 2, over REST: the API that Triton and KServe clients speak.

`inputs` says what a model takes; `request` and `rows` turn a body into rows, `response` turns
predictions into a body, `infer` is the way between the two. None of them knows an HTTP server.
`routes` is thin.
"""
