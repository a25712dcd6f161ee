"""How does a scikit-learn estimator become ONNX?"""
