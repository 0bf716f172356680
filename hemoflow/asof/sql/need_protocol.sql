-- A row: a day of a stay with the last haemoglobin of that stay, taken by the point and within the look-back.
-- Inputs: points, encounters, labs, fresh_hours. Day of admission and day of discharge count both.
SELECT patient_id, cut_at, encounter_id, value AS haemoglobin_g_per_dl, age_hours AS haemoglobin_age_hours
FROM (
    SELECT p.patient_id, p.cut_at, e.encounter_id, l.value,
        CAST(unix_micros(p.cut_at) - unix_micros(l.taken_at) AS DOUBLE) / 3.6e9 AS age_hours,
        row_number() OVER (
            PARTITION BY e.encounter_id, p.cut_at ORDER BY l.taken_at DESC, l.available_at DESC, l.lab_id DESC
        ) AS recency
    FROM points p
    JOIN encounters e ON e.patient_id = p.patient_id
        AND CAST(p.cut_at AS DATE) >= CAST(e.started_at AS DATE)
        AND CAST(p.cut_at AS DATE) <= CAST(e.ended_at AS DATE)
    JOIN labs l ON l.encounter_id = e.encounter_id AND l.code = 'haemoglobin' AND l.taken_at <= p.cut_at
        AND unix_micros(l.taken_at) >= unix_micros(p.cut_at) - :fresh_hours * 3600000000
) results
WHERE recency = 1
ORDER BY patient_id, cut_at, encounter_id
