"""How does a scikit-learn estimator become ONNX? ADR 18 says why some converters are our own."""
