"""Made-up deliveries of a site: filled templates, a laboratory system's own files, and HL7 v2 messages."""

import json
from pathlib import Path

PEOPLE = [f"MRN-{number}" for number in range(4711, 4733)]
BAGS = [f"W1234240{number:05d}" for number in range(12)]
IDENTIFIERS = frozenset([*PEOPLE, *BAGS, *(f"R-77{number}" for number in range(22)), *(f"L-88{n}" for n in range(22))])
NAMES = ("Tan Ah Kow", "NURUL", "PEREIRA")
"""Names that stand in the deliveries and nowhere else."""
GROUPS = ("O+", "A+", "B-", "AB+")


def tables():
    """Rows of each template, under its own names."""
    return {
        "stock": [
            "unit_id,component,blood_group,collected_on,outdate_on,site_id,status,location",
            *(
                f"{bag},prc,{GROUPS[n % 4]},2024-10-{n % 9 + 1:02d},2024-11-{n % 9 + 1:02d},HOSP-1,available,bank"
                for n, bag in enumerate(BAGS)
            ),
        ],
        "donations": [
            "donated_on,site_id,component,blood_group,donated_units",
            *(f"2024-10-{n:02d},CENTRE,red_cells,O+,{n}" for n in range(1, 6)),
        ],
        "facility": [
            "date,hospital,daily,blood_a,blood_b,blood_o,blood_ab",
            *(f"2024-10-{n:02d},Hospital One,60,20,15,20,5" for n in range(1, 4)),
        ],
        "requests": [
            "request_id,patient_id,site_id,component,requested_units,requested_at,urgency,blood_group",
            *(
                f"R-77{n},{who},HOSP-1,red_cells,2,2024-10-15T07:{n:02d},1,{GROUPS[n % 4]}"
                for n, who in enumerate(PEOPLE)
            ),
        ],
        "capacity": [
            "site_id,capacity_on,resource,available_minutes",
            *(f"CLINIC-1,2024-10-{n},chair_minutes,960" for n in range(10, 15)),
        ],
        "labs": [
            "lab_id,patient_id,code,value,unit,taken_at,sex,birth_year",
            *(f"L-88{n},{who},Hb,{70 + n},g/L,2024-10-15T06:{n:02d},F,{1950 + n}" for n, who in enumerate(PEOPLE)),
        ],
    }


def write_templates(folder: Path) -> Path:
    """One CSV for each template."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in tables().items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def write_laboratory(folder: Path) -> Path:
    """A system's own file of results, with names of its own, names of patients, and Buddhist dates."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["Results of the day", "Lab No,HN,Patient,Test,Result,Unit,Taken"]
    lines += [
        f"L-88{n},{who},{NAMES[n % 3]},Haemoglobin (Blood),{70 + n},g/L,15/10/2567 06:{n:02d}"
        for n, who in enumerate(PEOPLE)
    ]
    (folder / "results.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    columns = {
        "lab_id": "Lab No",
        "patient_id": "HN",
        "code": "Test",
        "value": "Result",
        "unit": "Unit",
        "taken_at": "Taken",
    }
    mapping = ["[labs]", 'file = "results*"', "header_row = 2", "[labs.columns]"]
    mapping += [f'{name} = "{theirs}"' for name, theirs in columns.items()]
    (folder / "mapping.toml").write_text("\n".join(mapping) + "\n", encoding="utf-8")
    return folder


def write_messages(folder: Path) -> Path:
    """One message for each patient, all in one file."""
    folder.mkdir(parents=True, exist_ok=True)
    segments = []
    for n, who in enumerate(PEOPLE):
        segments += [
            rf"MSH|^~\&|LIS|LAB|EHR|HOSP|202410150730{n:02d}+0000||ORU^R01|{n}|P|2.5.1",
            f"PID|1||{who}^^^HOSP||{NAMES[n % 3]}^^||19500203|F",
            f"OBR|1||R-77{n}|58410-2^CBC^LN|||202410150640|||||||||||||||202410150700||HM|F",
            f"OBX|1|NM|718-7^Hemoglobin^LN||{7 + n / 10}|g/dL|12-16|L|||F",
            "OBX|2|NM|777-3^Platelets^LN||250|10*9/L|150-400||||F",
        ]
    (folder / "day.hl7").write_text("\r".join(segments) + "\r", encoding="utf-8")
    return folder


def write_fhir(folder: Path) -> Path:
    """A patient and two hundred results of haemoglobin as FHIR."""
    folder.mkdir(parents=True)
    patient = {"resourceType": "Patient", "id": "P-1", "gender": "female", "birthDate": "1950"}
    lab = {
        "resourceType": "Observation", "id": "O-1", "status": "final", "subject": {"reference": "Patient/P-1"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]}, "effectiveDateTime": "2024-05-02",
        "valueQuantity": {"value": 8.1, "unit": "g/dL"},
    }  # fmt: skip
    (folder / "Patient.ndjson").write_text(json.dumps(patient) + "\n")
    (folder / "Observation.ndjson").write_text(
        "".join(json.dumps(lab | {"id": f"O-{number}"}) + "\n" for number in range(200))
    )
    return folder


def write_mimic(folder: Path) -> Path:
    """The same in the layout of MIMIC-IV."""
    (folder / "hosp").mkdir(parents=True)
    labs = [f"1,21,{n},51222,2150-01-02 08:00:00,2150-01-02 09:00:00,8.1,g/dL" for n in range(200)]
    for name, lines in {
        "patients": ["subject_id,gender,anchor_age,anchor_year", "1,F,60,2150"],
        "admissions": ["subject_id,hadm_id,admittime,dischtime", "1,21,2150-01-01 10:00:00,2150-01-05 10:00:00"],
        "labevents": ["subject_id,hadm_id,labevent_id,itemid,charttime,storetime,valuenum,valueuom", *labs],
    }.items():
        (folder / "hosp" / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder


def write_omop(folder: Path) -> Path:
    """The same as OMOP's tables."""
    folder.mkdir(parents=True)
    stay = "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_start_datetime,visit_end_date"
    result = "measurement_id,person_id,visit_occurrence_id,measurement_concept_id,measurement_date,measurement_datetime"
    more = (
        "operator_concept_id,value_as_number,value_as_concept_id,unit_concept_id,unit_source_value,value_source_value"
    )
    labs = (f"{n},1,11,101,2024-05-02,2024-05-02 08:00:00,0,8.1,0,108,g/dL,8.1" for n in range(5))
    names = "concept_id,concept_name,domain_id,vocabulary_id,concept_code"
    for name, lines in {
        "CONCEPT": [names, "101,Hemoglobin,Measurement,LOINC,718-7", "108,gram per deciliter,Unit,UCUM,g/dL"],
        "PERSON": ["person_id,gender_concept_id,year_of_birth", "1,8532,1950"],
        "VISIT_OCCURRENCE": [
            f"{stay},visit_end_datetime",
            "11,1,9201,2024-05-02,2024-05-02 06:00:00,2024-05-09,2024-05-09 12:00:00",
        ],
        "MEASUREMENT": [f"{result},{more}", *labs],
        "CDM_SOURCE": ["cdm_source_name,cdm_release_date", "test,2024-06-30"],
    }.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder


def write_canonical(folder: Path) -> Path:
    """A folder of canonical tables."""
    folder.mkdir(parents=True)
    known = "2024-10-15T08:00:00Z,canonical,false"
    for name, lines in {
        "patients": [
            "patient_id,programme,site_id,is_group_synthetic,available_at,source,is_synthetic",
            f"P-1,chronic,S,false,{known}",
        ],
        "labs": [
            "lab_id,patient_id,code,value,unit,taken_at,available_at,source,is_synthetic",
            f"L-1,P-1,haemoglobin,8.1,g/dL,2024-10-15T07:00:00Z,{known}",
        ],
    }.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder
