-- A row: a kind of event and the local Monday of its week; how many there were.
-- Inputs: labs, transfusions, requests, donations, encounters.
SELECT kind, week_on, CAST(sum(amount) AS BIGINT) AS amount
FROM (
    SELECT 'Haemoglobin results' AS kind, CAST(date_trunc('week', taken_at) AS DATE) AS week_on, 1 AS amount
    FROM labs WHERE code = 'haemoglobin'
    UNION ALL
    SELECT 'Units transfused', CAST(date_trunc('week', started_at) AS DATE), given_units
    FROM transfusions WHERE component = 'red_cells'
    UNION ALL
    SELECT 'Units requested', CAST(date_trunc('week', requested_at) AS DATE), requested_units
    FROM requests WHERE component = 'red_cells'
    UNION ALL
    SELECT 'Units donated', CAST(date_trunc('week', donated_on) AS DATE), donated_units
    FROM donations WHERE component = 'red_cells'
    UNION ALL
    SELECT 'Stays and visits begun', CAST(date_trunc('week', started_at) AS DATE), 1
    FROM encounters
) events
GROUP BY kind, week_on
ORDER BY kind, week_on
