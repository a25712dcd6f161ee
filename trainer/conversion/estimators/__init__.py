"""How do linear models, support vector machines and estimators of estimators become ONNX?"""
