"""How does `POST /predict` speak HTTP?"""
