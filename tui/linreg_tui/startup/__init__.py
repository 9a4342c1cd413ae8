"""From the command line to a screen, and back to the shell: options, launcher, browser, and leaving it all behind."""
