-- A row: a local day with red cells given, its units, and the days since the transfusion day before it.
-- Inputs: known_transfusions. interval_84d_days is missing unless both days lie within 84 days of the point.
SELECT patient_id, cut_at, given_on, given_units, age_hours, recency,
    unix_date(given_on) - unix_date(before_on) AS interval_days,
    CASE WHEN before_age_hours < 2016 THEN unix_date(given_on) - unix_date(before_on) END AS interval_84d_days
FROM (
    SELECT patient_id, cut_at, given_on, given_units, age_hours,
        lag(given_on) OVER (PARTITION BY patient_id, cut_at ORDER BY given_on) AS before_on,
        lag(age_hours) OVER (PARTITION BY patient_id, cut_at ORDER BY given_on) AS before_age_hours,
        row_number() OVER (PARTITION BY patient_id, cut_at ORDER BY given_on DESC) AS recency
    FROM (
        SELECT patient_id, cut_at, given_on, sum(given_units) AS given_units, min(age_hours) AS age_hours
        FROM known_transfusions
        GROUP BY patient_id, cut_at, given_on
    ) daily
) ordered
