"""What does an ONNX file contain, read without onnx and without running it?"""
