"""What is trained: the linear model, the user's own module, and where the parameters start."""
