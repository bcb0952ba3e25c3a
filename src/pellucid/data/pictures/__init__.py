"""Pictures: decoded once, kept as pixels, handed on as handles."""
