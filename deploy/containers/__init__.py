"""How does a service start in its image, and who owns its part of the volume?

These programs import only `shared`. The local stack does not use them.
"""
