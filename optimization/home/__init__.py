"""Slots of home teams and clinic chairs over the next days: a small exact program, its judge, and rules of thumb."""
