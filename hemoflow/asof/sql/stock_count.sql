-- A row: free units of one group at the cut.
-- Inputs: component; block units_held.
SELECT blood_group, count(*) AS available_units
FROM units_held
WHERE component = :component AND state = 'available'
GROUP BY blood_group
