"""The benchmarks: ``python -m benchmarks``, or ``make bench``. docs/benchmarks.md says what is compared how."""
