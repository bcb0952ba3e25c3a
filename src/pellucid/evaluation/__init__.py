"""Is it good, and why."""
