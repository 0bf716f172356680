-- A row: a request of the last 30 days that stands at the cut and is not yet fully issued.
-- Inputs: requests, ledger, units_held, cut. A unit issued and returned at once has not served the request.
SELECT r.request_id, r.patient_id, r.site_id, r.component, r.urgency, r.shortage_tier, r.requested_at,
    CAST(r.requested_at AS DATE) AS requested_on,
    r.requested_units - coalesce(i.issued_units, 0) AS open_units,
    least(r.requested_units - coalesce(i.issued_units, 0), coalesce(h.held_units, 0)) AS reserved_units
FROM requests r
CROSS JOIN cut
LEFT JOIN (
    SELECT request_id, count(*) AS issued_units
    FROM ledger
    WHERE event = 'issued' AND coalesce(next_event, '') <> 'returned'
    GROUP BY request_id
) i ON i.request_id = r.request_id
LEFT JOIN (
    SELECT reserved_request_id AS request_id, count(*) AS held_units
    FROM units_held
    GROUP BY reserved_request_id
) h ON h.request_id = r.request_id
WHERE r.cancelled_at IS NULL
    AND r.requested_at > cut.cut_at - INTERVAL 30 DAYS
    AND r.requested_units > coalesce(i.issued_units, 0)
