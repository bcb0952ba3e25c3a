"""WHY: one row, one column, one neuron."""
