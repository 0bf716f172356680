"""What of a faulty value, or of a name of a file or a column, may be shown: numbers, shape, words that name nobody.

Whoever mends a row wants to read what stands there, and a name typed into a column of codes is no reason to keep or
print it: a word that is not in small letters, as a name is written, nor known to be harmless is shown as so many ``x``.
Of the name of a file, and of a column that no reader asks for, only the words that layouts are made of are shown,
however they are written.
"""

import re
from collections.abc import Container, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import pandas as pd

from hemoflow.connectors.component_names import COMPONENT_NAMES

MASK = "(masked)"
LONGEST_VALUE = 40
LONG_NUMBER = r"\d{6,}|\b\d{3}-\d{2}-\d{4}\b|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{4,}"
"""Shapes that could be an identifier in the wrong column: a long number, a social security number, a UUID."""
WORD = r"[^\W\d_]{2,}"
_SHOWN = re.compile(f"({LONG_NUMBER})|({WORD})")

HARMLESS = """
dl ml ul fl kg mg ug ng pg lb lbs oz mm cm mol mmol umol meq miu iu eu ratio percent per mill thou cells units unit bags
bag sec min hr hrs hour hours day days week weeks month months year years am pm utc gmt
nan nat na none null inf infinity true false yes no unknown other missing error invalid pending cancelled canceled
final corrected preliminary haemolysed hemolyzed clotted insufficient sample specimen test result not done see comment
high low normal abnormal positive negative pos neg trace detected reactive
ab rh rhd abo group blood male female date time and of or in the
hgb hb hct plt inr wbc haemoglobin hemoglobin haematocrit hematocrit platelet platelets creatinine ferritin glucose
sodium potassium
discarded destroyed wasted broken rejected transfused used given issued out dispensed outdated expired quarantine
quarantined returned hold on untested reserved crossmatched allocated assigned available stock free ready
home clinic hospital inpatient outpatient chronic acute
"""
KNOWN = frozenset(HARMLESS.split()) | frozenset(re.findall(WORD, " ".join(COMPONENT_NAMES.values()).lower()))
"""Words that are shown; none is a usual name of a person."""

FILE_WORDS = """
csv xlsx xlsm json ndjson hl oru mdm parquet toml txt gz manifest base part page file files data table tables export
extract list report results result inventory delivery deliveries batch daily weekly monthly annual old new current
final corrected correction corrections update updates copy backup history archive messages message lis lims ehr crd cdm
fhir omop mimic eicu hosp icu note patients patient admissions admission admissiondx transfers labevents labitems
diagnoses diagnosis icd procedures procedure procedureevents prescriptions emar detail pharmacy services omr poe
icustays inputevents outputevents chartevents datetimeevents ingredientevents microbiologyevents hcpcsevents drgcodes
provider caregiver discharge radiology items lab labs treatment medication infusiondrug pasthistory vitalperiodic
vitalaperiodic intakeoutput apachepatientresult apacheapsvar apachepredvar hospital microlab respiratorycare
physicalexam careplangeneral nursecharting nurseassessment encounter encounters observation observations condition
conditions medicationrequest servicerequest diagnosticreport documentreference biologicallyderivedproduct organization
practitioner location device bundle referred person visit occurrence measurement drug drugs exposure death source
concept period specimen vocabulary relationship ancestor strength care site fact payer plan cost era dose cohort
definition metadata episode event events transfusion transfusions request requests donations donation facility capacity
notes date shifts inbox outbox
"""
COLUMN_WORDS = """
abbreviation actively activeupondischarge admissiondxid admissionheight admissionweight admit admitdxenteredoffset
admitdxname admitdxpath admitdxtext admitted admittime age amount amountuom ancestry anchor antibodies apacheadmissiondx
as assumed at birth bleeding body by cardiopulmonary carer cause cd celllabel cellvaluenumeric centre chartdate
charttime civilian class code collected comments component confirmed consent continueinnextdept datetime deathtime
description diagnosisid diagnosisoffset diagnosispriority diagnosisstring discharged dischargeweight dischtime
discontinue discontinued disp documentation dod domain donated doses drugname drugordercancelled drugorderoffset
drugstartoffset drugstopoffset edouttime edregtime end ended endtime ethnicity etl expire field flag form formulary
frailty from gender gsn hadm haemolysis has holder hospitaladmitoffset hospitaladmitsource hospitaladmittime
hospitaldischargelocation hospitaldischargeoffset hospitaldischargestatus hospitaldischargetime hospitaldischargeyear
hospitalid id indication insurance intakeoutputentryoffset intakeoutputid intakeoutputoffset irradiated irregular is
isopenbag itemid kind labevent labid labmeasurenameinterface labmeasurenamesystem labname labresult labresultoffset
labresultrevisedoffset labresulttext labtypeid language linkorderid lot lower marital meas medicationid minutes mobile
mobility modifier name ndc needs noteenteredoffset noteid noteoffset notetext notetype num number obs occurred operator
order ordercategorydescription ordercategoryname ordercomponenttypedescription orderid ordertime origin originalamount
originalrate outdate parent patienthealthsystemstayid patientunitstayid patientweight performed policearmy preceding
prefers prior priority prod production programme qualifier quantity race range rate rateuom reaction reason recorded ref
reference refills regular release requested resource route rx safe score secondaryordercategoryname seq serology setting
severe sex shift shortage sig social standard start started starttime status statusdescription stay stop stoptime
storetime string student subject subtype supply synthetic system taken threshold tier to totalamount totalamountuom
transaction travel treatmentid treatmentoffset treatmentstring type unique uniquepid unitadmitsource unitadmittime
unitdischargelocation unitdischargeoffset unitdischargestatus unitdischargetime unitstaytype unittype unitvisitnumber
unresolved unstable upper urgency val valid value valuenum valueuom verbatim version volume wardid weight wholeblood
written
"""
KNOWN_IN_NAMES = KNOWN | frozenset(FILE_WORDS.split()) | frozenset(COLUMN_WORDS.split())
"""Words of names that are shown: those of the layouts that we read, and what exports are usually called."""

DATED = r"(?<!\d)(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{4}(?:\d{2}){0,2})?(?!\d)"
"""A day in a name, with or without a time: no identifier."""
_IN_NAMES = re.compile(f"({DATED})|{LONG_NUMBER}|({WORD})")


def shown_file(folder: Path, path: Path) -> str:
    """The name of a file of a source, fit to be kept and shown.

    Words that no layout has, and long numbers, may name a patient: each letter is an ``x`` then, and ``~3`` before the
    ending says that it is the third file of its folder.
    """
    name = path.relative_to(folder).as_posix().encode("utf-8", "replace").decode()
    masked_name = _IN_NAMES.sub(_shown_in_name, name)
    if masked_name == name:
        return name
    place = _places(path.parent, path.parent.stat().st_mtime_ns).get(path.name, 0)
    parent, slash, last = masked_name.rpartition("/")
    stem, dot, endings = last.partition(".")
    return f"{parent}{slash}{stem}~{place}{dot}{endings}"


def shown_columns(header: Iterable[str], asked: Container[str]) -> tuple[str, ...]:
    """The columns of a file, fit to be kept and shown.

    A column that no reader asks for may be named after a patient: of its name only known words are shown, and ``~3``
    says that it is the third of its file where a letter is masked.
    """
    return tuple(
        name
        if name in asked or (masked_name := _IN_NAMES.sub(_shown_in_name, name)) == name
        else f"{masked_name}~{place}"
        for place, name in enumerate(header, start=1)
    )


def _shown_in_name(found: re.Match[str]) -> str:
    day, word = found.groups()
    return found[0] if day or (word and word.lower() in KNOWN_IN_NAMES) else "x" * len(found[0])


@lru_cache(maxsize=8)
def _places(folder: Path, _changed: int) -> Mapping[str, int]:
    return {path.name: place for place, path in enumerate(sorted(folder.iterdir()), start=1)}


def masked(field: str, values: Iterable[str | None]) -> list[str | None]:
    """Text fit to be kept and shown: no identifier, no name, and nothing that could be one in the wrong column."""
    is_identifier = field.endswith("id") and not field.endswith("concept_id")
    return [
        None if pd.isna(text) else MASK if is_identifier else _SHOWN.sub(_shown, str(text))[:LONGEST_VALUE]
        for text in values
    ]


def _shown(found: re.Match[str]) -> str:
    number, word = found.groups()
    if number:
        return MASK
    return str(word) if word.islower() or word.lower() in KNOWN else "x" * len(word)
