"""Settings for the whole folder."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# The same examples every time. To look for new ones:
# pytest --hypothesis-profile=search
settings.register_profile("core", deadline=None, derandomize=True, database=None)
settings.register_profile(
    "search", deadline=None, database=None, max_examples=500, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("core")
