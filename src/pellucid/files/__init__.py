"""WHERE THINGS ARE KEPT: files that are complete or not there, scratch folders, checked fields."""
