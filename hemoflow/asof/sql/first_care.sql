-- One row: the first instant at which any patient was under care, missing when there is none.
-- Inputs: patients, encounters.
SELECT min(began_at) AS began_at
FROM (
    SELECT started_at AS began_at FROM encounters WHERE care_setting = 'INPATIENT'
    UNION ALL
    SELECT available_at AS began_at FROM patients WHERE programme = 'chronic'
) beginnings
