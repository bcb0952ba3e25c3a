"""THE COMMANDS: their flags, and what they say in a terminal."""
