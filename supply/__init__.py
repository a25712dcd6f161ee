"""What is known of what others made: `make audit` and `make sbom`."""
