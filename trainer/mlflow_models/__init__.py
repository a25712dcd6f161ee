"""How is a directory that MLflow saved read, without MLflow?"""
