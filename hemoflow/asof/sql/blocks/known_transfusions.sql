-- A row: a red-cell transfusion of the last 365 days that was known at a point.
-- Inputs: points, transfusions.
SELECT p.patient_id, p.cut_at, t.given_units,
    CAST(t.started_at AS DATE) AS given_on,
    CAST(unix_micros(p.cut_at) - unix_micros(t.started_at) AS DOUBLE) / 3.6e9 AS age_hours
FROM points p
JOIN transfusions t ON t.patient_id = p.patient_id
WHERE t.component = 'red_cells'
    AND t.available_at <= p.cut_at
    AND t.started_at <= p.cut_at
    AND t.started_at > p.cut_at - INTERVAL 365 DAYS
