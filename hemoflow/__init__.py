"""The shared language of Hemoflow: everything two rooms must agree on."""

__version__ = "0.4.0"
