"""What ``linreg`` can be told to do, a file a command."""
