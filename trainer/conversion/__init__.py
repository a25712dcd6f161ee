"""How does a scikit-learn estimator become ONNX? docs/adr/0018 says why ours do it."""
