"""What do the settings say about single columns, and what does a run say about them?"""
