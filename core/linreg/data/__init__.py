"""Files and arrays as named float64 columns, whole or in batches."""
