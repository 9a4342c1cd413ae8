"""Moments, factorization, curvature and scaling: what the rows say before the first step. No files."""
