"""IS IT GOOD: the network beside flat algorithms on the same rows."""
