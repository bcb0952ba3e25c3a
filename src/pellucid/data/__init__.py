"""What went in: raw rows to tensors."""
