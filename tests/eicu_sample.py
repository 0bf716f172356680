"""A made-up eICU folder: the tables and columns of the public schema, no real patient behind any row."""

import gzip
from pathlib import Path

PATIENT = (
    "patientunitstayid,patienthealthsystemstayid,gender,age,ethnicity,hospitalid,wardid,hospitaladmittime24,"
    "hospitaladmitoffset,hospitaldischargeyear,hospitaldischargeoffset,unittype,unitadmittime24,unitvisitnumber,"
    "admissionweight,unitdischargeoffset,uniquepid"
)
PATIENTS = [
    "7001,5001,Female,87,Asian,59,91,23:36:00,-8,2015,2242,Med-Surg ICU,23:44:00,1,46.5,2250,902-1001",
    "7002,5001,Female,87,Asian,59,91,23:36:00,-2900,2015,400,Med-Surg ICU,23:56:00,2,,344,902-1001",
    "7003,5003,Male,> 89,Caucasian,68,103,20:46:00,-1,2014,689,CTICU,20:47:00,1,77.5,793,902-1003",
    "7004,5004,Unknown,,Other,68,103,01:02:00,-60,2014,5000,MICU,02:02:00,1,900,4000,902-1004",
]
LAB = (
    "labid,patientunitstayid,labresultoffset,labtypeid,labname,labresult,labresulttext,labmeasurenamesystem,"
    "labmeasurenameinterface,labresultrevisedoffset"
)
LABS = [
    "90001,7001,-10,3,Hgb,7.8,7.8,g/dL,gm/dL,20",
    "90002,7001,300,3,Hgb,8.1,8.1,g/dL,gm/dL,320",
    "90003,7003,60,3,platelets x 1000,210,210,K/mcL,K/uL,70",
    "90004,7003,60,3,Hgb,103,103,,g/L,50",
    "90005,7003,60,1,sodium,140,140,mmol/L,mmol/L,70",
    "90006,7004,60,3,PT - INR,1.4,1.4,ratio,,70",
    "90007,7004,90,1,creatinine,88.4,88.4,umol/L,,95",
]
FILES = {
    "patient.csv": [PATIENT, *PATIENTS],
    "lab.csv": [LAB, *LABS],
    "treatment.csv": [
        "treatmentid,patientunitstayid,treatmentoffset,treatmentstring,activeupondischarge",
        "91001,7001,400,hematology|bleeding|packed red blood cells|transfusion of > 2 units prbc's,False",
        "91002,7001,400,hematology|red blood cell disorders|blood product administration|packed red blood cells,False",
        "91003,7003,100,cardiovascular|shock|blood product administration|fresh frozen plasma,True",
        "91004,7003,100,hematology|red blood cell disorders|hemoglobin monitoring,True",
    ],
    "diagnosis.csv": [
        "diagnosisid,patientunitstayid,activeupondischarge,diagnosisoffset,diagnosisstring,icd9code,diagnosispriority",
        '92001,7001,True,30,hematology|anemia,"285.9, D64.9",Primary',
        "92002,7003,True,40,cardiovascular|shock / hypotension|hypovolemic shock,,Major",
        "92003,7004,True,40,hematology|coagulopathy,D68.9,Major",
    ],
    "admissionDx.csv": [
        "admissiondxid,patientunitstayid,admitdxenteredoffset,admitdxpath,admitdxname,admitdxtext",
        "93001,7001,12,admission diagnosis|Non-operative|Gastrointestinal|Bleeding upper,Bleeding,Bleeding",
    ],
    "medication.csv": [
        "medicationid,patientunitstayid,drugorderoffset,drugstartoffset,drugordercancelled,drugname,drugstopoffset",
        "94001,7001,10,20,No,HEPARIN SODIUM 5000 UNITS/ML,900",
        "94002,7003,10,20,No,EPOETIN ALFA 10000 UNITS,0",
        "94003,7003,10,20,Yes,IRON SUCROSE,90",
        "94004,7003,10,20,No,ACETAMINOPHEN,90",
    ],
    "intakeOutput.csv": [
        "intakeoutputid,patientunitstayid,intakeoutputoffset,intakeoutputentryoffset,celllabel,cellvaluenumeric",
        "95001,7001,420,425,pRBCs,350",
        "95002,7003,120,140,Volume-Transfuse red blood cells,700",
        "95003,7003,120,140,Urine,700",
    ],
    "note.csv": [
        "noteid,patientunitstayid,noteoffset,noteenteredoffset,notetype,notetext",
        "96001,7003,50,61,Comprehensive Progress,Stable overnight",
    ],
}
IDENTIFIERS = frozenset(
    {line.split(",")[0] for lines in FILES.values() for line in lines[1:]} | {"902-1001", "902-1003", "902-1004"}
)


def write_eicu(
    folder: Path, files: dict[str, list[str]] | None = None, *, packed: frozenset[str] = frozenset()
) -> Path:
    """Write the tables; those named in ``packed`` gzipped, their names in capitals as some downloads have them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in (files or FILES).items():
        data = ("\n".join(lines) + "\n").encode()
        if name in packed:
            (folder / f"{name.upper()}.GZ").write_bytes(gzip.compress(data, mtime=0))
        else:
            (folder / name).write_bytes(data)
    return folder
