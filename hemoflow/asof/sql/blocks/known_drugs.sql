-- A row: a drug begun in the last 365 days, as known at a point; ended_age_hours is 0 while it runs.
-- Inputs: points, drugs. A drug without a recorded end counts as running.
SELECT p.patient_id, p.cut_at, d.drug_class,
    CASE
        WHEN d.ended_at <= p.cut_at THEN CAST(unix_micros(p.cut_at) - unix_micros(d.ended_at) AS DOUBLE) / 3.6e9
        ELSE 0e0
    END AS ended_age_hours
FROM points p
JOIN drugs d ON d.patient_id = p.patient_id
WHERE d.available_at <= p.cut_at
    AND d.started_at <= p.cut_at
    AND d.started_at > p.cut_at - INTERVAL 365 DAYS
