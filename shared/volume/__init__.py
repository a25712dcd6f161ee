"""How does a file system behave that other hosts use too? Missing names, and the cost of a look."""
