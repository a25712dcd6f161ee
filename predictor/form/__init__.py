"""How does a person try the model in a browser?

`routes` shows the form, and sends what a person enters to the same function as POST /predict.
"""
