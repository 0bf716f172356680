-- A row: the hospital stay that a patient was in at a point; the latest when records overlap.
-- Inputs: points, encounters.
SELECT patient_id, cut_at, site_id, started_at
FROM (
    SELECT p.patient_id, p.cut_at, e.site_id, e.started_at,
        row_number() OVER (
            PARTITION BY p.patient_id, p.cut_at ORDER BY e.started_at DESC, e.encounter_id DESC
        ) AS recency
    FROM points p
    JOIN encounters e ON e.patient_id = p.patient_id
    WHERE e.care_setting = 'INPATIENT'
        AND e.available_at <= p.cut_at
        AND e.started_at <= p.cut_at
        AND (e.ended_at IS NULL OR e.ended_at > p.cut_at)
) stays
WHERE recency = 1
