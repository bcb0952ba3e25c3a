"""WHAT IS SAID: the page, its parts and figures."""
