-- A row: what left the stock of one group on a local day.
-- Inputs: units, component, first_on, last_on; block ledger. A unit issued and then returned or discarded was not used.
SELECT CAST(e.occurred_at AS DATE) AS issue_on, u.blood_group,
    sum(CASE WHEN e.event = 'issued' AND coalesce(e.next_event, '') NOT IN ('returned', 'discarded') THEN 1 ELSE 0 END)
        AS issued_units,
    sum(CASE WHEN e.event = 'outdated' THEN 1 ELSE 0 END) AS outdated_units,
    sum(CASE WHEN e.event = 'discarded' THEN 1 ELSE 0 END) AS discarded_units
FROM ledger e
JOIN units u ON u.unit_id = e.unit_id
WHERE u.component = :component AND CAST(e.occurred_at AS DATE) BETWEEN :first_on AND :last_on
GROUP BY 1, 2
