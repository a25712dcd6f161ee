"""How are rows read, fitted and scored that do not fit into the memory of one machine?"""
