-- A row: a red-cell request of the last 7 days that stood at a point.
-- Inputs: points, requests.
SELECT p.patient_id, p.cut_at, r.requested_units,
    CAST(unix_micros(p.cut_at) - unix_micros(r.requested_at) AS DOUBLE) / 3.6e9 AS age_hours
FROM points p
JOIN requests r ON r.patient_id = p.patient_id
WHERE r.component = 'red_cells'
    AND r.available_at <= p.cut_at
    AND r.requested_at <= p.cut_at
    AND r.requested_at > p.cut_at - INTERVAL 7 DAYS
    AND (r.cancelled_at IS NULL OR r.cancelled_at > p.cut_at)
