"""What does a person read about all columns of a table, and about its problems?"""
