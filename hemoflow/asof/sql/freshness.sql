-- A row: how much of a table one source has delivered by the cut, and how long ago the last record arrived.
-- Inputs: arrivals (a row for each visible record of every table), wanted(table_name), cut, stale_after_hours.
-- The freshest source of a wanted table is critical; a wanted table without any record is listed as stale.
WITH seen AS (
    SELECT a.source, a.table_name, count(*) AS rows, max(a.available_at) AS latest_at,
        round(CAST(unix_micros(max(cut.cut_at)) - unix_micros(max(a.available_at)) AS DOUBLE) / 3.6e9, 6) AS age_hours
    FROM arrivals a
    CROSS JOIN cut
    GROUP BY a.source, a.table_name
)
SELECT s.source, s.table_name, s.rows, s.latest_at, s.age_hours,
    w.table_name IS NOT NULL
        AND row_number() OVER (PARTITION BY s.table_name ORDER BY s.age_hours, s.source) = 1 AS is_critical,
    s.age_hours > :stale_after_hours AS is_stale
FROM seen s
LEFT JOIN wanted w ON w.table_name = s.table_name
UNION ALL
SELECT 'none' AS source, w.table_name, 0 AS rows, CAST(NULL AS TIMESTAMP) AS latest_at, CAST(NULL AS DOUBLE) AS age_hours,
    true AS is_critical, true AS is_stale
FROM wanted w
WHERE NOT EXISTS (SELECT 1 FROM seen s WHERE s.table_name = w.table_name)
