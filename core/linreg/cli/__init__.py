"""The plain command ``linreg``: its options, its exit statuses, and what its commands share."""
