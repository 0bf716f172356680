-- A row: a unit in the house at the cut, still within its life on the cut's local day.
-- Inputs: units, ledger, cut. Issued, transfused, outdated and discarded units are gone.
SELECT u.unit_id, u.component, u.blood_group, u.collected_on, u.outdate_on, u.site_id, u.is_irradiated,
    CASE e.event WHEN 'reserved' THEN 'reserved' WHEN 'returned' THEN 'quarantine' ELSE 'available' END AS state,
    CASE e.event WHEN 'reserved' THEN e.request_id END AS reserved_request_id
FROM units u
JOIN ledger e ON e.unit_id = u.unit_id
CROSS JOIN cut
WHERE e.recency = 1
    AND e.event IN ('received', 'released', 'reserved', 'returned')
    AND u.outdate_on >= cut.cut_on
