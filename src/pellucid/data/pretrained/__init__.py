"""Models that somebody has trained, in local folders: loaded safely, their features kept."""
