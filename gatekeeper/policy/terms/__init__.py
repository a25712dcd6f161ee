"""What do all checks share: their form, their limits and their words?"""
