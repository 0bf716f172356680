-- A row: what was read in a note written in the days before the cut.
-- Inputs: mentions, cut, note_days.
SELECT m.*
FROM mentions m
CROSS JOIN cut
WHERE unix_micros(m.written_at) > unix_micros(cut.cut_at) - :note_days * 86400000000
