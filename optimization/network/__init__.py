"""The program of a whole region: many sites, groups and components in one network of units.

A unit enters as a lot, stands on a shelf, moves between sites, and is issued to a request that may have it. It belongs
here when it needs more than one site, group or component at once; the program of one group stands in the parent folder.
"""
