"""Tests of reading: cells, rows, names of networks, files and frames, mappings."""
