"""What the plain command prints: epochs, races, tables and progress. Rich is used nowhere else."""
