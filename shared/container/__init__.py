"""Which limits, mounts and variables does a process get from its container and machine?"""
