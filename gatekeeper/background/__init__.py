"""What does the gatekeeper do by itself? It polls, removes old models, writes training.log."""
