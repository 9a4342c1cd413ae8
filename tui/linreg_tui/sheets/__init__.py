"""Small sheets over a screen: questions, confirmations, help, leaving."""
