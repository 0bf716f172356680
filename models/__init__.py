"""Learned models, pure: frame in, frame out, seed given. Trained files go to the home folder, never here."""
