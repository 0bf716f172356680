-- A row: what a team can do on a day from the cut's local day on, as published by then.
-- Inputs: capacity, cut.
SELECT c.*
FROM capacity c
CROSS JOIN cut
WHERE c.capacity_on >= cut.cut_on
ORDER BY site_id, capacity_on, resource
