-- A row: a laboratory result of the last 365 days that was known at a point; the greatest place is the newest result.
-- Inputs: points, labs. The look-back is bounded so that no feature grows merely because time passes.
SELECT p.patient_id, p.cut_at, l.code, l.value,
    CAST(unix_micros(p.cut_at) - unix_micros(l.taken_at) AS DOUBLE) / 3.6e9 AS age_hours,
    struct(l.taken_at, l.available_at, l.lab_id) AS place
FROM points p
JOIN labs l ON l.patient_id = p.patient_id
WHERE l.available_at <= p.cut_at
    AND l.taken_at <= p.cut_at
    AND l.taken_at > p.cut_at - INTERVAL 365 DAYS
