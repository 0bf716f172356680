"""Questions about the past, each answered with what was known at a cut and nothing later.

This room is the only one that reads the canonical tables. A record is visible at a cut when it had arrived
(``available_at``) and when every instant it must carry is past; an end or a withdrawal that lies ahead is hidden.

Each question is a plain SQL file in ``sql``; those in ``sql/blocks`` are shared views. Their text keeps to what DuckDB
and Apache Spark read alike, so that a large site can move the same files:

* parameters are written ``:name``; local days are ``CAST(instant AS DATE)`` under the session's time zone;
* spans of time come from ``unix_micros`` and ``unix_date`` (built into Spark, one-line macros here), never from
  ``epoch``, ``date_diff`` or the difference of two instants;
* doubles are written with an exponent (``3.6e9``), for a plain decimal literal has another type in Spark;
* no ``QUALIFY``, ``::``, ``FILTER``, ``ASOF JOIN`` or ``EXCLUDE``; a struct only to put several columns in order, for
  ``max_by`` costs a fifth of a window over the same rows; a list only where ``max_by`` gives one;
* sums of measurements are rounded to six decimals, so that no answer depends on the order of rows in a file.
"""

from hemoflow.asof.engine import View, open_view

__all__ = ["View", "open_view"]
