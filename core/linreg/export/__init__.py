"""What others read: epochs, runs and diagnostics as tables, pictures, TensorBoard, ONNX."""
