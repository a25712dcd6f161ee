"""What the images need besides the services: starting one, asking whether it is ready, owners.

The local stack uses none of it. It imports `shared` only.
"""
