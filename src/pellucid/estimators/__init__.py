"""HOW IT IS CALLED: scikit-learn's contract, the rows it takes, what it gives back."""
