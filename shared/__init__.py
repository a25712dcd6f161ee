"""The volume's contract: every path, document, write and read that the three services share.

`docs/volume-format.md` is the specification; this package is its only implementation.
It knows no HTTP and no estimator. Two modules serve only the services that have the
dependency: `metrics` (scikit-learn: trainer, gatekeeper) and `web` (FastAPI: gatekeeper,
predictor).
"""
