"""Watch linear regression learn."""
