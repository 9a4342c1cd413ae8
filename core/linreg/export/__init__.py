"""A recorded run as a file for others: tables, pictures, TensorBoard, ONNX."""
