"""Other ways to serve the same model, each in an environment of its own."""
