"""Where torch, and what else a script logs to, let a stranger look on without changing what they do."""
