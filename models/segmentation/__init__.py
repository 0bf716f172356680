"""Consensus segments of outpatients with regular transfusion, and readable rules that describe them."""

from models.segmentation.rules import Rule, describe
from models.segmentation.segmenting import Segmentation, segment

__all__ = ["Rule", "Segmentation", "describe", "segment"]
