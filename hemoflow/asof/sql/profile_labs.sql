-- A row: an analyte; how often it was measured, on how many patients, and its distribution.
-- Inputs: labs. Quantiles are exact; the number is small enough.
SELECT code, count(*) AS results, count(DISTINCT patient_id) AS patients,
    percentile_cont(0.05e0) WITHIN GROUP (ORDER BY value) AS low,
    percentile_cont(0.25e0) WITHIN GROUP (ORDER BY value) AS lower,
    percentile_cont(0.5e0) WITHIN GROUP (ORDER BY value) AS middle,
    percentile_cont(0.75e0) WITHIN GROUP (ORDER BY value) AS upper,
    percentile_cont(0.95e0) WITHIN GROUP (ORDER BY value) AS high
FROM labs
GROUP BY code
ORDER BY code
