-- A row: a transfusion day of a patient; units, the last haemoglobin of the 72 hours before, days since the day before.
-- Inputs: transfusions, labs, patients.
WITH days AS (
    SELECT patient_id, CAST(started_at AS DATE) AS given_on, min(started_at) AS started_at,
        sum(given_units) AS given_units
    FROM transfusions
    WHERE component = 'red_cells'
    GROUP BY patient_id, CAST(started_at AS DATE)
),
before AS (
    SELECT d.patient_id, d.given_on, l.value,
        row_number() OVER (PARTITION BY d.patient_id, d.given_on ORDER BY l.taken_at DESC, l.lab_id DESC) AS recency
    FROM days d
    JOIN labs l ON l.patient_id = d.patient_id
    WHERE l.code = 'haemoglobin' AND l.taken_at <= d.started_at AND l.taken_at > d.started_at - INTERVAL 72 HOURS
)
SELECT d.patient_id, d.given_on, d.given_units, b.value AS haemoglobin_before_g_per_dl,
    unix_date(d.given_on) - unix_date(lag(d.given_on) OVER (PARTITION BY d.patient_id ORDER BY d.given_on))
        AS interval_days,
    coalesce(p.diagnosis_group, 'not recorded') AS diagnosis_group, coalesce(p.programme, 'not known') AS programme
FROM days d
LEFT JOIN before b ON b.patient_id = d.patient_id AND b.given_on = d.given_on AND b.recency = 1
LEFT JOIN patients p ON p.patient_id = d.patient_id
ORDER BY d.patient_id, d.given_on
