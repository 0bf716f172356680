-- A row: units asked for on a local day by one kind of patient and not withdrawn by the cut.
-- Inputs: requests, patients, component, first_on, last_on. Sex and age matter only where the group is unknown.
SELECT request_on, patient_blood_group, sex, age_years, urgency, programme, sum(requested_units) AS requested_units
FROM (
    SELECT CAST(r.requested_at AS DATE) AS request_on, who.blood_group AS patient_blood_group,
        CASE WHEN who.blood_group IS NULL THEN who.sex END AS sex,
        CASE WHEN who.blood_group IS NULL THEN year(r.requested_at) - who.birth_year - 1 END AS age_years,
        r.urgency, coalesce(who.programme, 'background') AS programme, r.requested_units
    FROM requests r
    LEFT JOIN patients who ON who.patient_id = r.patient_id
    WHERE r.component = :component AND r.cancelled_at IS NULL
) asked
WHERE request_on BETWEEN :first_on AND :last_on
GROUP BY request_on, patient_blood_group, sex, age_years, urgency, programme
