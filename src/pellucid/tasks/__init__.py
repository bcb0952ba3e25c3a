"""WHAT FOR: what each task fixes, how its predictions are scored, and how sure they are."""
