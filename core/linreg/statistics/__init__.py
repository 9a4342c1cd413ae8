"""The formulas of what a fit is worth: standard errors, tests, intervals, and what they look like as a table."""
