"""Concepts in English notes with their assertion, by rule.

A sentence is cut where a clause turns (*but*, *however*). A concept takes the assertion of a cue that reaches it within
its clause: a family member, a condition (*if*, *return for*), the past (*history of*, *in 2019*), doubt (*possible*),
or a negation; the section's head counts where no cue does. A finding can move a patient to review, never make one
eligible: ``review_reasons`` has no other outcome.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Concept(StrEnum):
    """What is looked for."""

    ACTIVE_BLEEDING = "active_bleeding"
    MELAENA = "melaena"
    CHEMOTHERAPY_PLANNED = "chemotherapy_planned"
    TRANSFUSION_REFUSED = "transfusion_refused"
    ANAEMIA_SYMPTOMS = "anaemia_symptoms"
    PRIOR_REACTION = "prior_reaction"
    ALLOANTIBODY = "alloantibody"


class Assertion(StrEnum):
    """How a concept is meant."""

    PRESENT = "present"
    NEGATED = "negated"
    FAMILY = "family"
    HISTORICAL = "historical"
    HYPOTHETICAL = "hypothetical"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Finding:
    """One mention; ``start`` and ``end`` are places in the note, ``noted_on`` is the note's day."""

    concept: Concept
    assertion: Assertion
    evidence: str
    start: int
    end: int
    noted_on: date


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(patterns) + r")\b", re.IGNORECASE)


CONCEPTS = {
    Concept.ACTIVE_BLEEDING: _words(
        r"(?:active(?:ly)? |ongoing |brisk |fresh |gi |gastrointestinal |rectal |upper gi )?bleed(?:s|ing)?",
        r"ha?emorrhag(?:e|ing)", r"ha?ematemesis", r"ha?emoptysis", r"ha?ematochezia", r"ha?ematuria", r"epistaxis",
        r"menorrhagia",
    ),
    Concept.MELAENA: _words(
        r"mela?ena", r"(?:black|tarry)(?:(?:,| and)? tarry)? stools?",
        r"stools? (?:\w+ ){0,3}(?:black|tarry)(?: and tarry)?",
    ),
    Concept.CHEMOTHERAPY_PLANNED: _words(
        r"(?:plan(?:s|ned)?|scheduled|due|to start|will (?:start|begin|receive)|starting|starts|proceed with)"
        r"(?: \w+){0,4} (?:chemotherapy|chemo|azacitidine|decitabine|r-chop|folfox|cytarabine)",
        r"(?:chemotherapy|chemo|azacitidine|decitabine|r-chop|folfox|cytarabine)(?: \w+){0,3} (?:planned|scheduled)",
        r"next cycle of (?:chemotherapy|chemo)",
    ),
    Concept.TRANSFUSION_REFUSED: _words(
        r"jehovah'?s witness(?:es)?",
        r"(?:refus(?:es?|ed|ing|al of)|declin(?:es?|ed|ing)|does not (?:want|accept|consent to)|will not accept)"
        r"(?: \w+){0,3} (?:transfusions?|blood(?: products)?)",
    ),
    Concept.ANAEMIA_SYMPTOMS: _words(
        r"(?:exertional )?dyspn(?:o)?ea(?: on exertion)?", r"short(?:ness)? of breath", r"breathless(?:ness)?",
        r"fatigued?", r"exhaust(?:ed|ion)", r"palpitations?", r"light-?headed(?:ness)?", r"dizz(?:y|iness)", r"pallor",
        r"symptomatic ana?emia", r"chest pain",
    ),
    Concept.PRIOR_REACTION: _words(
        r"(?:ha?emolytic|febrile|allergic|anaphylactic)?(?: non-?ha?emolytic)? ?transfusion(?:-related)? reactions?",
        r"reaction to (?:a )?(?:transfusion|blood)", r"taco", r"trali",
    ),
    Concept.ALLOANTIBODY: _words(
        r"(?:red cell |rbc )?allo-?antibod(?:y|ies)", r"anti-(?:k|kell|e|c|d|jka|jkb|fya|fyb|s|m)",
        r"antibody screen (?:is |was )?positive", r"positive antibody screen",
    ),
}  # fmt: skip
FAMILY = _words(
    r"mother|father|sister|brother|aunt|uncle|grand(?:mother|father)|parents?|cousin|family history|fhx?"
    r"|wife|husband|spouse|partner|sons?|daughters?|siblings?|nieces?|nephews?"
)
IF = _words(
    r"if|should (?:he|she|they|the patient|there)|return for|come back (?:for|with)|watch(?: out)? for|monitor for"
    r"|risks? (?:of|include[sd]?)|in case of|prophylaxis|to prevent|advised to report|unless"
)
PAST = _words(
    r"history of|h/o|hx of|previous(?:ly)?|prior|past|(?:years?|months?|weeks?) ago|in (?:19|20)\d\d|resolved|last year"
    r"|as a child|has stopped|former"
)
DOUBT = _words(
    r"possibl[ey]|probabl[ey]|questionable|suspect(?:ed|s)?|may have|might|query|question of"
    r"|cannot (?:exclude|rule out)|not excluded|unclear|concern for|\?|rule out|r/o"
)
NO = _words(
    r"no|not|denie[sd]|denying|without|never|negative for|absence of|free of|nor|neither|none|n't|ruled out|no longer"
)
NO_AFTER = re.compile(
    r"^\s*(?:(?:is|are|was|were|has been|have been)\s+)?(?:ruled out|excluded|denied|absent|negative|"
    r"not (?:seen|found|present|reported|planned|detected))\b",
    re.IGNORECASE,
)
PAST_ITSELF = frozenset({Concept.PRIOR_REACTION, Concept.ALLOANTIBODY})
"""What stays true once it was: a past reaction is a prior reaction now."""
DENIAL = {concept: concept is Concept.TRANSFUSION_REFUSED for concept in Concept}
"""A refusal holds its own *not*; a *not* inside any other mention denies it."""
CLAUSE = re.compile(r"[.;!?](?=\s|$)|\n|,?\s+\b(?:but|however|although|though|except|yet now|now has)\b", re.IGNORECASE)
HEAD = re.compile(r"^[ \t]*([A-Za-z][A-Za-z /]{2,40}):", re.MULTILINE)
SECTIONS = {
    "family history": Assertion.FAMILY,
    "past medical history": Assertion.HISTORICAL,
    "past history": Assertion.HISTORICAL,
    "pmh": Assertion.HISTORICAL,
    "return precautions": Assertion.HYPOTHETICAL,
    "discharge instructions": Assertion.HYPOTHETICAL,
}
REACH = 8
"""Words over which a cue before a concept still counts."""
NEXT = 2
"""Words after a concept in which a doubt about it may stand."""
REVIEW = frozenset({Assertion.PRESENT, Assertion.UNCERTAIN})


def read_note(text: str, noted_on: date) -> list[Finding]:
    """Every mention of a concept in a note, in the order of the text."""
    heads = [(head.start(), SECTIONS.get(head[1].strip().lower())) for head in HEAD.finditer(text)]
    found = []
    for start, end in _clauses(text):
        section = next((meaning for place, meaning in reversed(heads) if place <= start), None)
        for concept, words in CONCEPTS.items():
            for hit in words.finditer(text, start, end):
                meaning = _assertion(concept, text[start : hit.start()], hit[0], text[hit.end() : end], section)
                found.append(Finding(concept, meaning, hit[0].strip(), hit.start(), hit.end(), noted_on))
    return sorted(found, key=lambda finding: (finding.start, finding.concept))


def review_reasons(findings: Iterable[Finding]) -> list[str]:
    """Why a person has to look at a patient; an empty list says nothing about the patient."""
    asked = [finding for finding in findings if finding.assertion in REVIEW]
    return sorted({f"{finding.concept} ({finding.assertion}, note of {finding.noted_on})" for finding in asked})


def _clauses(text: str) -> list[tuple[int, int]]:
    cuts = [(cut.start(), cut.end()) for cut in CLAUSE.finditer(text)]
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(text)]
    return [(start, end) for start, end in zip(starts, ends, strict=True) if start < end]


def _assertion(concept: Concept, before: str, hit: str, after: str, section: Assertion | None) -> Assertion:
    near = " ".join(before.split()[-REACH:])
    past = concept not in PAST_ITSELF and (PAST.search(near) or PAST.search(after))
    cues = (
        (Assertion.FAMILY, FAMILY.search(before) or section is Assertion.FAMILY),
        (Assertion.HYPOTHETICAL, IF.search(before)),
        (Assertion.UNCERTAIN, DOUBT.search(near) or DOUBT.search(" ".join(after.split()[:NEXT]))),
        (Assertion.NEGATED, NO.search(near) or NO_AFTER.search(after) or (not DENIAL[concept] and NO.search(hit))),
        (Assertion.HISTORICAL, past),
        (Assertion.PRESENT, section is None or (section is Assertion.HISTORICAL and concept in PAST_ITSELF)),
    )
    return next((meaning for meaning, cue in cues if cue), section or Assertion.PRESENT)
