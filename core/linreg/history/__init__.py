"""Any number of epochs in bounded memory, no spike lost."""
