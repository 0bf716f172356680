-- A row: units of one group donated on a day at all sites.
-- Inputs: donations, component, first_on, last_on.
SELECT donated_on, blood_group, sum(donated_units) AS donated_units
FROM donations
WHERE component = :component AND donated_on BETWEEN :first_on AND :last_on
GROUP BY donated_on, blood_group
