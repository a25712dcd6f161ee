"""The gatekeeper: judges candidates, decides what is in production, and answers about both."""
