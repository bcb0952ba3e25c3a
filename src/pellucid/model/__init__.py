"""HOW A MODEL IS MADE AND KEPT: recipe, learning, the trained thing, its record and its file."""
