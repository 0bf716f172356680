-- A row: a laboratory result of the last 365 days that was known at a point; recency 1 is the newest of its code.
-- Inputs: points, labs. The look-back is bounded so that no feature grows merely because time passes.
SELECT p.patient_id, p.cut_at, l.code, l.value,
    CAST(unix_micros(p.cut_at) - unix_micros(l.taken_at) AS DOUBLE) / 3.6e9 AS age_hours,
    row_number() OVER (
        PARTITION BY p.patient_id, p.cut_at, l.code ORDER BY l.taken_at DESC, l.available_at DESC, l.lab_id DESC
    ) AS recency
FROM points p
JOIN labs l ON l.patient_id = p.patient_id
WHERE l.available_at <= p.cut_at
    AND l.taken_at <= p.cut_at
    AND l.taken_at > p.cut_at - INTERVAL 365 DAYS
