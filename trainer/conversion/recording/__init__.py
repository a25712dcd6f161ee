"""What does a function of the user do with rows?"""
