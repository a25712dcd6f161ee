"""How do steps and targets with a function of the user become ONNX?"""
