"""What the words mean: values and pure rules, standard library only."""
