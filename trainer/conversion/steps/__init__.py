"""How do the steps of a pipeline that transform columns become ONNX?"""
