"""What is the file system of a store good for? `python -m shared.probe` tries what services do."""
