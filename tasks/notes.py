"""What is read in notes, made known to the features.

This is no stage. It belongs here because the questions about the past may not know the models, nor these the questions.
"""

import pandas as pd

from hemoflow.asof.engine import View
from models.notes import mentions

EVER_DAYS = 36_500
"""Days that leave no note out."""


def know_notes(view: View, note_days: int = EVER_DAYS) -> pd.DataFrame:
    """Read the notes of the days before the cut and let the features of the view know it; every mention."""
    read = mentions(view.notes(note_days))
    view.know_notes(read)
    return read
