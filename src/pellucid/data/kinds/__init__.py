"""WHAT A COLUMN IS: how its cells are written, judged, and encoded."""
