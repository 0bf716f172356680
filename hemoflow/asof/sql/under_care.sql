-- A row: a patient under care at a cut: in an open hospital stay, or in the chronic programme.
-- Inputs: cuts(cut_at), patients, encounters.
SELECT p.patient_id, c.cut_at, p.programme
FROM cuts c
JOIN patients p ON p.available_at <= c.cut_at
WHERE p.programme = 'chronic'
UNION
SELECT p.patient_id, c.cut_at, p.programme
FROM encounters e
JOIN patients p ON p.patient_id = e.patient_id
JOIN cuts c ON e.started_at <= c.cut_at
WHERE e.care_setting = 'INPATIENT'
    AND e.available_at <= c.cut_at
    AND p.available_at <= c.cut_at
    AND (e.ended_at IS NULL OR e.ended_at > c.cut_at)
ORDER BY patient_id, cut_at
