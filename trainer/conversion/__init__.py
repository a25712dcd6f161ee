"""How does a scikit-learn estimator become ONNX?

Each converter here corrects a fault of the libraries; docs/adr/0018 lists all of them.
"""
