"""How do the recorded steps of a function become nodes of ONNX?"""
