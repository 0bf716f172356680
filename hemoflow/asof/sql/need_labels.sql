-- A row: a day after a point on which a patient newly needed red cells; days without any are left out.
-- Inputs: points, requests, transfusions, horizon_days. Day n is (point + (n - 1) x 24 h, point + n x 24 h].
-- Units: asked for and not withdrawn, or transfused without a request in the 8 days before. Event: any request or transfusion.
WITH events AS (
    SELECT patient_id, requested_at AS happened_at,
        CASE WHEN cancelled_at IS NULL THEN requested_units ELSE 0 END AS units
    FROM requests
    WHERE component = 'red_cells'
    UNION ALL
    SELECT t.patient_id, t.started_at AS happened_at,
        CASE WHEN EXISTS (
            SELECT 1 FROM requests r
            WHERE r.patient_id = t.patient_id
                AND r.component = 'red_cells'
                AND r.requested_at <= t.started_at
                AND r.requested_at > t.started_at - INTERVAL 8 DAYS
                AND (r.cancelled_at IS NULL OR r.cancelled_at > t.started_at)
        ) THEN 0 ELSE t.given_units END AS units
    FROM transfusions t
    WHERE t.component = 'red_cells'
)
SELECT p.patient_id, p.cut_at,
    CAST(ceil(CAST(unix_micros(e.happened_at) - unix_micros(p.cut_at) AS DOUBLE) / 8.64e10) AS BIGINT) AS day_number,
    sum(e.units) AS units
FROM points p
JOIN events e ON e.patient_id = p.patient_id
WHERE e.happened_at > p.cut_at
    AND unix_micros(e.happened_at) <= unix_micros(p.cut_at) + :horizon_days * 86400000000
GROUP BY 1, 2, 3
ORDER BY patient_id, cut_at, day_number
