"""How are nodes added to an ONNX model, and inner estimators converted?"""
