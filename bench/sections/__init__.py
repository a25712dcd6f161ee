"""What does the benchmark measure?"""
