"""What runs in the child process that scores production by its labels?"""
