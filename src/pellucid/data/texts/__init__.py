"""Texts: cut into terms, each with a weight."""
