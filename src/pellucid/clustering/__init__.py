"""WHICH BELONG TOGETHER: rows in clusters, without labels."""
