"""How does a model answer the rows that production was asked?

These processes read the prediction log, which the gatekeeper's own process never decodes.
"""
