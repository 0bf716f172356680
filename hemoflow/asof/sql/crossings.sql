-- A row: a point after which the patient was seen below the threshold or given red cells, with the days until then.
-- Inputs: points, patients, labs, transfusions, default_threshold (g/dL, where no personal one is recorded).
SELECT p.patient_id, p.cut_at,
    CAST(min(unix_micros(e.happened_at)) - unix_micros(p.cut_at) AS DOUBLE) / 8.64e10 AS due_days
FROM points p
JOIN patients a ON a.patient_id = p.patient_id
JOIN (
    SELECT patient_id, taken_at AS happened_at, value
    FROM labs
    WHERE code = 'haemoglobin'
    UNION ALL
    SELECT patient_id, started_at AS happened_at, CAST(0 AS DOUBLE) AS value
    FROM transfusions
    WHERE component = 'red_cells'
) e ON e.patient_id = p.patient_id AND e.happened_at > p.cut_at
WHERE e.value < coalesce(a.threshold_g_per_dl, :default_threshold)
GROUP BY p.patient_id, p.cut_at
ORDER BY patient_id, cut_at
