"""Every optimizer of torch.optim, by its name and with its options."""
