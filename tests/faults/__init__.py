"""What is left, and what is said, when a run is killed, stopped, or finds its disk full or its inputs changed."""
