"""What a step did, in arithmetic and in words: no widget, only what panel 6 writes."""
