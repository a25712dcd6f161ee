"""How are the rows and labels of one person deleted, wherever they are?"""
