"""How are servers started, and rounds of measurements taken?"""
