-- A row: a unit in the house at the cut, with its state and whom it is reserved for.
-- Inputs: block units_held.
SELECT unit_id, component, blood_group, collected_on, outdate_on, site_id, is_irradiated, state, reserved_request_id
FROM units_held
ORDER BY unit_id
