"""Everything that two or more services need, above all the format of the shared volume.

`docs/volume-format.md` specifies that format; `contract` and `store` are its only implementation.
A room imports the libraries that it is for: scikit-learn in `scoring`, FastAPI in `http`. So a
service that does not import a room does not need its libraries.
"""
