"""The exact minimum of the criteria that are no squared error: L1, Huber's and SmoothL1."""
