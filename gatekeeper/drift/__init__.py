"""Does production differ from what the model was fitted on?

Everything here is computed from counts. A difference is reported if it is significant and large.
Nothing here acts on it.
"""
