"""The command line: formats what the library returns, and nothing else."""
