-- A row: what was known at the cut of a patient in the chronic programme.
-- Inputs: points (the chronic patients at the cut), patients, encounters, transfusions; blocks known_labs,
-- known_transfusions, transfusion_days, requests_open.
WITH lab_features AS (
    SELECT patient_id,
        max_by(value, place) AS haemoglobin_g_per_dl,
        stddev_samp(CASE WHEN age_hours < 2016 THEN value END) AS haemoglobin_sd
    FROM known_labs
    WHERE code = 'haemoglobin'
    GROUP BY patient_id
),
rhythm AS (
    SELECT patient_id,
        avg(CASE WHEN age_hours < 2016 THEN given_units END) AS units_per_episode,
        sum(CASE WHEN age_hours < 2016 THEN given_units ELSE 0 END) AS transfused_84d_units,
        avg(interval_84d_days) AS mean_interval_days,
        stddev_samp(interval_84d_days) / avg(interval_84d_days) AS interval_variation,
        min(age_hours) / 24 AS days_since_transfusion,
        -- Day 0 of unix_date is a Thursday; 0 is Monday here.
        max(CASE WHEN recency = 1 THEN (unix_date(given_on) + 3) % 7 END) AS last_weekday
    FROM transfusion_days
    GROUP BY patient_id
),
lately AS (
    SELECT t.patient_id, sum(CASE WHEN t.setting = 'home' THEN 1 ELSE 0 END) > 0 AS is_at_home
    FROM transfusions t
    CROSS JOIN cut
    WHERE t.component = 'red_cells' AND t.started_at > cut.cut_at - INTERVAL 84 DAYS
    GROUP BY t.patient_id
),
record AS (
    SELECT patient_id, count(DISTINCT CAST(started_at AS DATE)) AS transfusion_episodes
    FROM transfusions
    WHERE component = 'red_cells'
    GROUP BY patient_id
),
stays AS (
    SELECT e.patient_id, count(*) AS stays_84d
    FROM encounters e
    CROSS JOIN cut
    WHERE e.care_setting IN ('INPATIENT', 'EMERGENCY') AND e.started_at > cut.cut_at - INTERVAL 84 DAYS
    GROUP BY e.patient_id
),
urgent AS (
    SELECT DISTINCT patient_id FROM requests_open WHERE urgency <= 1
)
SELECT who.patient_id, who.site_id, who.diagnosis_group, who.blood_group,
    CASE who.sex WHEN 'F' THEN 1e0 WHEN 'M' THEN 0e0 END AS is_female,
    year(p.cut_at) - who.birth_year - 1 AS age_years,
    who.weight_kg, who.threshold_g_per_dl,
    l.haemoglobin_g_per_dl,
    round(l.haemoglobin_sd, 6) AS haemoglobin_sd_84d_g_per_dl,
    coalesce(record.transfusion_episodes, 0) AS transfusion_episodes,
    coalesce(rhythm.transfused_84d_units, 0) AS transfused_84d_units,
    round(rhythm.units_per_episode, 6) AS units_per_episode,
    round(rhythm.mean_interval_days, 6) AS mean_interval_days,
    round(rhythm.interval_variation, 6) AS interval_variation,
    round(rhythm.days_since_transfusion, 6) AS days_since_transfusion,
    rhythm.last_weekday,
    coalesce(lately.is_at_home, false) AS is_at_home,
    coalesce(stays.stays_84d, 0) AS stays_84d,
    urgent.patient_id IS NOT NULL AS has_open_urgent_request,
    who.travel_minutes, who.mobility_score, who.frailty_score, who.antibodies,
    who.has_prior_severe_reaction, who.has_unresolved_serology, who.has_haemolysis, who.is_actively_bleeding,
    who.is_cardiopulmonary_unstable, who.has_home_consent, who.has_carer, who.is_home_safe, who.prefers_home
FROM points p
JOIN patients who ON who.patient_id = p.patient_id
LEFT JOIN lab_features l ON l.patient_id = p.patient_id
LEFT JOIN rhythm ON rhythm.patient_id = p.patient_id
LEFT JOIN lately ON lately.patient_id = p.patient_id
LEFT JOIN record ON record.patient_id = p.patient_id
LEFT JOIN stays ON stays.patient_id = p.patient_id
LEFT JOIN urgent ON urgent.patient_id = p.patient_id
WHERE who.programme = 'chronic'
ORDER BY who.patient_id
