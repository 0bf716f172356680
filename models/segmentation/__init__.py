"""Consensus segments of outpatients with regular transfusion, and readable rules that describe them.

A reconstruction of a published method of which only the abstract is public; see docs/explanation/segments.md.
"""

from models.segmentation.fitting import fit
from models.segmentation.model import SegmentationModel
from models.segmentation.rules import Rule

__all__ = ["Rule", "SegmentationModel", "fit"]
