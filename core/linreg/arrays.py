"""What the arrays are called that travel: float64, and what their axes are is said where they are used."""

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Batch = tuple[Matrix, Vector]
"""Rows that are read together: features ``(n_rows, n_features)`` and targets ``(n_rows,)``."""
