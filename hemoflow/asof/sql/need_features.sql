-- A row: what was known of a patient at a point, from records available by then only.
-- Inputs: points, patients; blocks open_stays, known_labs,
-- known_transfusions, transfusion_days, known_requests, known_drugs.
WITH lab_features AS (
    SELECT patient_id, cut_at,
        max(CASE WHEN code = 'haemoglobin' AND recency = 1 THEN value END) AS haemoglobin_g_per_dl,
        max(CASE WHEN code = 'haemoglobin' AND recency = 1 THEN age_hours END) AS haemoglobin_age_hours,
        max(CASE WHEN code = 'haemoglobin' AND recency = 2 THEN value END) AS haemoglobin_before_g_per_dl,
        min(CASE WHEN code = 'haemoglobin' AND age_hours < 168 THEN value END) AS haemoglobin_min_7d_g_per_dl,
        stddev_samp(CASE WHEN code = 'haemoglobin' AND age_hours < 672 THEN value END) AS haemoglobin_sd_28d_g_per_dl,
        max(CASE WHEN code = 'haematocrit' AND recency = 1 THEN value END) / 1e2 AS haematocrit_share,
        max(CASE WHEN code = 'platelets' AND recency = 1 THEN value END) AS platelets_10e9_per_l,
        max(CASE WHEN code = 'inr' AND recency = 1 THEN value END) AS inr,
        max(CASE WHEN code = 'creatinine' AND recency = 1 THEN value END) AS creatinine_mg_per_dl,
        max(CASE WHEN code = 'ferritin' AND recency = 1 THEN value END) AS ferritin_ng_per_ml,
        max(CASE WHEN code = 'mcv' AND recency = 1 THEN value END) AS mcv_fl,
        sum(CASE WHEN code = 'haemoglobin' AND age_hours < 24 THEN 1 ELSE 0 END) AS labs_24h
    FROM known_labs
    GROUP BY patient_id, cut_at
),
slopes AS (
    SELECT patient_id, cut_at,
        CASE WHEN max(age_hours) > min(age_hours) THEN regr_slope(value, -age_hours / 24) END AS slope
    FROM known_labs
    WHERE code = 'haemoglobin' AND age_hours < 168
    GROUP BY patient_id, cut_at
),
transfusion_features AS (
    SELECT patient_id, cut_at,
        sum(CASE WHEN age_hours < 24 THEN given_units ELSE 0 END) AS transfused_24h_units,
        sum(CASE WHEN age_hours < 168 THEN given_units ELSE 0 END) AS transfused_7d_units,
        sum(CASE WHEN age_hours < 672 THEN given_units ELSE 0 END) AS transfused_28d_units,
        sum(CASE WHEN age_hours < 2016 THEN given_units ELSE 0 END) AS transfused_84d_units,
        min(age_hours) AS transfusion_age_hours
    FROM known_transfusions
    GROUP BY patient_id, cut_at
),
interval_features AS (
    SELECT patient_id, cut_at,
        max(CASE WHEN recency = 1 THEN interval_days END) AS last_interval_days,
        avg(interval_84d_days) AS mean_interval_days
    FROM transfusion_days
    GROUP BY patient_id, cut_at
),
request_features AS (
    SELECT patient_id, cut_at,
        sum(CASE WHEN age_hours < 24 THEN requested_units ELSE 0 END) AS requested_24h_units,
        sum(CASE WHEN age_hours < 168 THEN requested_units ELSE 0 END) AS requested_7d_units
    FROM known_requests
    GROUP BY patient_id, cut_at
),
drug_features AS (
    SELECT patient_id, cut_at,
        max(CASE WHEN drug_class = 'chemotherapy' AND ended_age_hours < 168 THEN 1 ELSE 0 END) AS chemotherapy_7d,
        max(CASE WHEN drug_class = 'anticoagulant' AND ended_age_hours < 168 THEN 1 ELSE 0 END) AS anticoagulant_7d,
        max(CASE WHEN drug_class = 'iron' AND ended_age_hours < 672 THEN 1 ELSE 0 END) AS iron_28d,
        max(CASE WHEN drug_class = 'esa' AND ended_age_hours < 672 THEN 1 ELSE 0 END) AS esa_28d
    FROM known_drugs
    GROUP BY patient_id, cut_at
)
SELECT p.patient_id, p.cut_at, who.source,
    coalesce(s.site_id, who.site_id) AS site_id,
    CASE WHEN s.patient_id IS NULL THEN 'OUTPATIENT' ELSE 'INPATIENT' END AS care_setting,
    who.programme, who.diagnosis_group, who.blood_group,
    CASE who.sex WHEN 'F' THEN 1e0 WHEN 'M' THEN 0e0 END AS is_female,
    year(p.cut_at) - who.birth_year - 1 AS age_years,
    who.weight_kg, who.threshold_g_per_dl,
    CAST(unix_micros(p.cut_at) - unix_micros(s.started_at) AS DOUBLE) / 3.6e9 AS stay_hours,
    l.haemoglobin_g_per_dl, l.haemoglobin_age_hours, l.haemoglobin_before_g_per_dl, l.haemoglobin_min_7d_g_per_dl,
    round(slopes.slope, 6) AS haemoglobin_slope_g_per_dl_day,
    round(l.haemoglobin_sd_28d_g_per_dl, 6) AS haemoglobin_sd_28d_g_per_dl,
    round(l.haematocrit_share, 6) AS haematocrit_share,
    l.platelets_10e9_per_l, l.inr, l.creatinine_mg_per_dl, l.ferritin_ng_per_ml, l.mcv_fl,
    coalesce(l.labs_24h, 0) AS labs_24h,
    coalesce(t.transfused_24h_units, 0) AS transfused_24h_units,
    coalesce(t.transfused_7d_units, 0) AS transfused_7d_units,
    coalesce(t.transfused_28d_units, 0) AS transfused_28d_units,
    coalesce(t.transfused_84d_units, 0) AS transfused_84d_units,
    t.transfusion_age_hours, i.last_interval_days,
    round(i.mean_interval_days, 6) AS mean_interval_days,
    coalesce(r.requested_24h_units, 0) AS requested_24h_units,
    coalesce(r.requested_7d_units, 0) AS requested_7d_units,
    coalesce(d.chemotherapy_7d, 0) AS chemotherapy_7d,
    coalesce(d.anticoagulant_7d, 0) AS anticoagulant_7d,
    coalesce(d.iron_28d, 0) AS iron_28d,
    coalesce(d.esa_28d, 0) AS esa_28d
FROM points p
JOIN patients who ON who.patient_id = p.patient_id AND who.available_at <= p.cut_at
LEFT JOIN open_stays s ON s.patient_id = p.patient_id AND s.cut_at = p.cut_at
LEFT JOIN lab_features l ON l.patient_id = p.patient_id AND l.cut_at = p.cut_at
LEFT JOIN slopes ON slopes.patient_id = p.patient_id AND slopes.cut_at = p.cut_at
LEFT JOIN transfusion_features t ON t.patient_id = p.patient_id AND t.cut_at = p.cut_at
LEFT JOIN interval_features i ON i.patient_id = p.patient_id AND i.cut_at = p.cut_at
LEFT JOIN request_features r ON r.patient_id = p.patient_id AND r.cut_at = p.cut_at
LEFT JOIN drug_features d ON d.patient_id = p.patient_id AND d.cut_at = p.cut_at
ORDER BY p.patient_id, p.cut_at
