"""A day's results turned into pages, tables and pictures: frames in, text or bytes out, nothing read and nothing saved.

The brief and the Markdown carry aggregates only; patients appear, under pseudonyms, on the worklist and the pick list.
"""
