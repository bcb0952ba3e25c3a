"""Functions that make content: what is said of scores, columns, network, training, rows."""
