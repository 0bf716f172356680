-- A row: units asked for by one site in one urgency class over the days and not withdrawn by the cut.
-- Inputs: requests, component, first_on, last_on.
SELECT site_id, urgency, sum(requested_units) AS requested_units
FROM requests
WHERE component = :component AND cancelled_at IS NULL
    AND CAST(requested_at AS DATE) BETWEEN :first_on AND :last_on
GROUP BY site_id, urgency
