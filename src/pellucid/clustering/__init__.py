"""Which belong together: groups without labels."""
