"""Numbers to braille: pictures as grids of cells, by pure functions."""
