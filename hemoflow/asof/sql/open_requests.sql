-- A row: an open request with what is on record of its patient.
-- Inputs: patients, cut; block requests_open.
SELECT r.request_id, r.patient_id, r.site_id, r.component, who.blood_group AS patient_blood_group, who.sex,
    year(cut.cut_at) - who.birth_year - 1 AS age_years,
    who.needs_irradiated, who.antibodies, r.urgency, r.shortage_tier, r.requested_at, r.requested_on,
    r.open_units, r.reserved_units
FROM requests_open r
CROSS JOIN cut
LEFT JOIN patients who ON who.patient_id = r.patient_id
ORDER BY r.request_id
