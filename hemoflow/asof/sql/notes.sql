-- A row: a note known at the cut and written in the days before it.
-- Inputs: notes, cut, note_days.
SELECT n.patient_id, n.note_id, n.source, n.written_at, n.available_at, n.body
FROM notes n
CROSS JOIN cut
WHERE n.written_at <= cut.cut_at
    AND unix_micros(n.written_at) > unix_micros(cut.cut_at) - :note_days * 86400000000
