"""Which rows did production answer, and what turned out to be true?

The predictor logs rows if it is asked to. The gatekeeper keeps the labels that it is sent.
"""
