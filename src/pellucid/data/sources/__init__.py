"""WHERE ROWS COME FROM: files, DataFrames and arrays, all as one table."""
