"""Searches for hyperparameters (performHPO) and for a recipe (performAutoML), inside a training."""
