"""Text in an answer that speaks to the grader instead of answering: where it stands. Pure; no model is asked."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from grading.core.garble import is_odd
from grading.core.pattern_words import Patterns
from grading.core.text import STOPWORDS, Token, sentence_bounds, split_at, tokenise

MANY = 12  # words from which a string of words without syntax is a list of keywords
LONG = 18  # words from which repetition tells
FLOOD = 40  # words from which endless repetition is one

# What a sentence must say to be an instruction about the outcome: somebody is told to do something (_TELL) about
# marks or criteria (_OUTCOME), or the grader is addressed. One of the two alone is how engineers talk.
_OUTCOME = r"""\b(?:full|maximum|max|highest|perfect|top|complete)\s+(?:the\s+|of\s+the\s+|available\s+|possible\s+)*
    (?:marks?|points?|scores?|grades?|credits?|criteri\w+|ratings?)
  | (?:give|giving|award|assign|grant|deserves?|earns?)\s+(?:\w+\s+){0,3}all\s+
    (?:the\s+|available\s+|possible\s+)*(?:marks|points|credits?)\b
  | (?:marks?|scores?|grades?|credit|verdicts?|ratings?)\s*(?:of|:|=|to|as|is|at|\s)\s*
    (?:\d+\s*(?:/|out\s+of|%|percent)\s*\d*|10\b|100\b|full|max\w*|perfect|met\b|pass\w*|a\+)
  | (?:all|every|each)\s+(?:\w+\s+)?criteri\w+
  | (?:^\W*|[^\w\s]\s*|\b(?:the|these|any|of|grading)\s+)criteri(?:a|on)\s+(?:\w+\s+){0,3}(?:met|satisfied|fulfilled|passed)
  | \bas\s+(?:fully\s+)?(?:met|correct|passed|complete|satisfied)\b
  | \b10\s*/\s*10\b | \b100\s*(?:/\s*100|%)\s*(?:score|mark|grade|points)
  | rubric | mark(?:ing)?\s+scheme"""
_TELL = r"""\b(?:give|giving|award|assign|grant|mark|grade|score|rate|set|output|return|respond|reply|answer|write|say|
    print|treat|count|consider|judge|accept|approve|must|should|shall|deserve[sd]?|please|ignore|disregard|forget|override|
    bypass|skip|confirm|report|record|receive[sd]?|earn(?:s|ed)?)\b"""
_GRADER = r"""(?:grader|evaluator|examiner|assessor|marker|judge|reviewer|
    grading\s+(?:system|model|bot|assistant|engine)|ai\s+(?:model|assistant|system|grader)|language\s+model|llm|chatbot|assistant)"""

_PATTERNS = (
    # Told to forget what it was told.
    r"""\b(?:ignore|disregard|forget|override|bypass|discard|drop|skip)\b[^.\n]{0,60}\b(?:instructions?|rubric|prompts?|
        criteria|guidelines|above|previous|prior|earlier|everything|rules\s+(?:above|you))""",
    # The grader is addressed, or its role is played.
    rf"\b(?:note|message|instruction|attention|notice|memo|hint|hello|hi|dear|hey)s?\b[^.\n]{{0,20}}\b{_GRADER}",
    rf"\b(?:to|for)\s+(?:the|any|whoever|my)\s+(?:\w+\s+)?{_GRADER}\b[^.\n]{{0,6}}[:,-]",
    rf"^\W*(?:the\s+|dear\s+)?{_GRADER}\s*[:,]",
    r"\byou\s+are\s+(?:now|no\s+longer)\b(?!\s+(?:at|on|able|done|ready)\b)|\b(?:act|behave|respond)\s+as\s+(?:if\s+you|a|an|my|the)\b[^.\n]{0,60}\b(?:grader|professor|teacher|examiner|ai|model|grandm\w+|persona|unrestricted|who\s+\w+s)",
    r"\b(?:pretend|imagine|suppose)\s+(?:that\s+)?(?:you|to\s+be)\b|\b(?:developer|god|jailbreak|dan)\s+mode\b|\brole-?play\b|\blet'?s\s+play\s+a\s+game\b",
    # An outcome that somebody is said to have decided.
    r"""\b(?:already|previously|officially|hereby)\s+(?:been\s+)?(?:reviewed|graded|verified|approved|marked|validated|certified|scored|accepted)""",
    r"\b(?:this|my|the|above)\s+(?:answer|response|submission|solution)\s+(?:is|was|has\s+been|should\s+be|must\s+be|deserves|merits|will\s+be|meets|satisfies|fulfil\w*|earns)\b[^.\n]{0,60}\b(?:correct|complete|perfect|approved|accepted|verified|marks?|criteri\w+|score|points|grade|passed|met|credit|rubric)",
    r"\b(?:as|being|speaking\s+as|i\s+am|i'm|this\s+is)\s+(?:the|an?|your)\s+(?:\w+\s+){0,3}(?:admin\w*|professor|instructor|examiner|author\s+of\s+th\w+|chief|developer|supervisor|owner|hiring\s+manager|head\s+of|principal\s+engineer|ceo|cto)\b[^.\n]{0,120}\b(?:grad|scor|mark|answer|confirm|approv|author|certif|correct|verif|full)",
    # Pleas.
    r"\b(?:please|i\s+beg|i\s+(?:really\s+)?need|have\s+mercy|be\s+(?:kind|generous|lenient))\b[^.\n]{0,100}\b(?:pass\s+me|pass\s+this|job|marks?|points|score|grade|credit|lenient|generous|family|visa|rent|scholarship)",
    r"\bas\s+an?\s+(?:\w+[\s-]){0,4}(?:woman|man|mother|father|parent|veteran|minority|immigrant|refugee|disabled|person\s+with|christian|muslim|jewish|black|autistic|dyslexic)\b",
    r"\b(?:i|my)\b[^.\n]{0,60}\b(?:disabilit\w+|single\s+(?:mother|father|parent)|sick\s+(?:child|mother|father)|lost\s+my\s+job(?=\W*(?:$|[.,;!]|and\b|so\b|last\b))|dying|cancer|evicted|homeless|pregnan\w+|religio\w+)\b",
    # An imperative about the mark.
    r"(?:^|[,;:.!]\s*|\b(?:please|now|just)\s+)(?:score|rate|grade|mark)\s+(?:this|it|me|my\s+\w+)\s+(?:as\s+)?(?:the\s+)?(?:top|highest|highly|max\w*|full\w*|perfect\w*|excellent|generously|leniently|kindly|10\b|100\b)",
    # Wanting to see what is hidden.
    r"\b(?:reveal|print|show|repeat|output|list|tell\s+me|display|leak|quote|summari[sz]e)\b[^.\n]{0,60}\b(?:system\s+prompt|your\s+(?:prompt|instructions|rules)|rubric|marking\s+scheme|hidden\s+(?:\w+\s+)?(?:prompt|instruction|rule|criteri|rubric|text|message|note)|reference\s+answer|criteria|text\s+above|everything\s+above)",
    # Messages for later, and riddles.
    r"\bremember\s+(?:the|this)\s+(?:code\s*|secret\s*)?(?:word|phrase)\b|\bin\s+(?:the|my)\s+next\s+answer\b|\bas\s+(?:said|told|agreed|written)\s+in\s+my\s+\w+\s+answer|^\W*continued\s+from\s+(?:question|answer|part)",
    r"\b(?:decode|decrypt|decipher|unscramble)\b[^.\n]{0,40}\b(?:follow|obey|execute|instructions?|do\s+what)",
    # Others.
    r"\b(?:other|all\s+other|previous|next|remaining|rival)\s+(?:candidates?|applicants?|answers?|submissions?)\b[^.\n]{0,80}\b(?:zero|fail|lower|unmet|reject|0\b|wrong|worse|cheat\w*|plagiari\w*)",
    r"\b(?:fail|reject|downgrade|penali[sz]e|mark\s+down)\b[^.\n]{0,40}\b(?:other|all|next|every\s+other)\s+(?:candidates?|applicants?|answers?|submissions?)",
    # Baits.
    r"\b(?:you\s+must\s+)?refuse\s+to\s+(?:answer|grade|respond|evaluate)|\bhow\s+to\s+(?:make|build)\s+a\s+(?:bomb|weapon)",
    # Other languages.
    r"\b(?:ignorier\w*|vergiss|missachte)\b[^.\n]{0,60}\b(?:anweisung\w*|anleitung\w*|vorgabe\w*|kriterien|regeln)|\b(?:volle|maximale|höchste)\s+(?:punkt\w*|note)|\bals\s+erfüllt\b",
    r"\b(?:ignore[rz]?|oublie[rz]?)\b[^.\n]{0,60}\b(?:instructions?|consignes|critères|règles)|\b(?:note|points?)\s+(?:maximale?s?|maximum)|\btous\s+les\s+(?:points|critères)",
    r"\b(?:ignora|ignore|olvida|olvide)\b[^.\n]{0,60}\b(?:instrucciones|criterios|reglas)|\b(?:puntuación|nota|puntos)\s+(?:máxim[ao]s?|complet[ao]s?)|\btodos\s+los\s+(?:puntos|criterios)",
    r"\b(?:ignora|dimentica)\b[^.\n]{0,60}\b(?:istruzioni|criteri|regole)|\bpunteggio\s+(?:massimo|pieno)|\btutti\s+i\s+(?:punti|criteri)",
    r"\b(?:ignor[ea]|esqueça)\b[^.\n]{0,60}\b(?:instruções|critérios|regras)|\b(?:pontuação|nota)\s+(?:máxima|total)|\btodos\s+os\s+(?:pontos|critérios)",
    r"\b(?:negeer|vergeet)\b[^.\n]{0,60}\b(?:instructies|criteria|regels)|\b(?:volledige|maximale)\s+(?:score|punten|cijfer)",
    r"(?:игнорируй|забудь)\w*[^.\n]{0,60}(?:инструкци|критери|правил)|(?:максимальн|полн|высш)\w*\s+(?:балл|оценк)\w*",
    r"忽略[^。\n]{0,30}(?:指令|指示|说明|标准)|满分|最高分|(?:指示|命令)を無視|満点",
    # Roles, delimiters and verdicts of the machinery.
    r"<\s*/?\s*(?:system|assistant|user|answer|instructions?|grading|rubric|candidate[_-]?answer|criteria|prompt|end|verdicts?)\b[^>\n]{0,60}>",
    r"<\|[^|\n]{1,40}\|>|\[/?(?:INST|SYSTEM|END)\b[^\],\n]{0,40}\]|<<\s*/?SYS\s*>>",
    r"^\W{0,8}(?:system|assistant|developer)\s*(?:prompt|message|role|override|note)?\s*[:>\]]",
    r"^\W*(?:end|begin|start)\s+of\s+(?:the\s+)?(?:answer|candidate|student|submission|input|prompt|untrusted|user)",
    r"""["'](?:verdict|criteria|criterion|criterion_id|is_correct|overall_score|score|grade|credit|confidence)["']\s*:\s*["'\d{\[tf]""",
    r"^\W*(?:evaluation|grading)\s+(?:is\s+)?complete\b|^\W*(?:evaluation|grading|verdict|final\s+(?:score|grade|verdict)|grader'?s?\s+\w+|score)\s*(?:result|complete[d]?|output|notes?|summary)?\s*[:=]\s*\W*(?:\d|met|pass|full|correct|complete|excellent|all)",
    r"^\W*(?:thought\s+process|solution|final\s+answer|let'?s\s+(?:solve|think|work)\b[^.\n]{0,40}step\s+by\s+step|answer)\W*$",
)  # fmt: skip

_FLAGS = re.IGNORECASE | re.VERBOSE | re.MULTILINE


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, _FLAGS)


# In verbose mode a space in a pattern is no space: these are written without.
_DIRECT = Patterns(_compiled(pattern.replace("\n", "")) for pattern in _PATTERNS)
_OUTCOMES = Patterns(_compiled(pattern) for pattern in re.split(r"\n *\| ", _OUTCOME))
_TELLS = _compiled(_TELL)

_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{32,}={0,2}|(?:[0-9a-fA-F]{2}[\s:]?){20,}|(?:[01]{8}\s?){6,}")
_FENCE = re.compile(r"^(`{3,}|~{3,})[^\n]*\n(.*?)^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_JSON = re.compile(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", re.DOTALL)
_VERDICT_KEYS = re.compile(
    r"""["'](?:verdict|criteria|criterion_id|is_correct|overall_score|score|grade)["']\s*:""", re.IGNORECASE
)


@lru_cache(maxsize=64)  # asked for the reading copy and for the signals
def instruction_spans(text: str) -> tuple[tuple[int, int], ...]:
    """(start, end) of every stretch that speaks to the grader, in order and apart.

    Whole sentences, fenced blocks and JSON objects, since half an instruction is still one. text must be free of
    invisible characters.
    """
    spans = [match.span() for match in _FENCE.finditer(text) if _VERDICT_KEYS.search(match.group(2))]
    spans += [match.span() for match in _JSON.finditer(text) if _VERDICT_KEYS.search(match.group())]
    spans += [match.span() for match in _ENCODED.finditer(text) if _hides_words(match.group())]
    direct, outcomes = _DIRECT.possible(text), _OUTCOMES.possible(text)
    bounds = sentence_bounds(text)
    for start, end in bounds:
        sentence = text[start:end]
        if _instructs(sentence, direct, outcomes) or _is_formula(sentence, outcomes):
            spans.append((_beginning(text, start, end), end))
        elif _is_disguised(sentence) or (sentence[0] in ":：" and not sentence.strip(" :：")):
            spans.append((start, end))
    if bounds and _LEADS_NOWHERE.fullmatch(text, *bounds[-1]):
        spans.append(bounds[-1])
    return tuple(merged([*spans, *_appendages(text, bounds, spans)])) if spans else ()


# What a lead-in without anything to lead to says; in the middle of an answer it is a heading.
_LEADS_NOWHERE = re.compile(
    r"""[\W_]*(?:(?:here\s+(?:is|are|comes)|this\s+is)\s+)?(?:(?:the|my|a|our)\s+)?(?:(?:correct|final|full|short|best|complete|detailed)\s+)?
    (?:answer|solution|response|reasoning|explanation|analysis|conclusion|output|thoughts?|result|step\s*(?:1|one)
    |thinking|chain\s+of\s+thought|respuesta|réponse|risposta|resposta|lösung|antwort)
    (?:\s+(?:is|goes|follows|as\s+follows|below))*\s*(?:[:：]\W*|\.{3,}|…)
    |\W*(?:解|解答|答案|かいせつ|解説)\W*""",
    re.IGNORECASE | re.VERBOSE,
)
_FORMULA = re.compile(r"[=+@-]\s*(?:cmd\||(?:HYPERLINK|IMPORT\w+|DDE|WEBSERVICE)\b)", re.IGNORECASE)
_ACTIVE = re.compile(r"<\s*script\b|\bon\w+\s*=|javascript:", re.IGNORECASE)
_GLUED = re.compile(r"(?<=[a-z)\]_\"'])[.!?](?=[A-Z][a-z]*\b)")
_DELIMITER = re.compile(r"[^\w\s]{2,}[ \t]*\w*[ \t]*[^\w\s]*")


def _is_formula(sentence: str, outcomes: Sequence[re.Pattern[str]]) -> bool:
    """Whether it is a spreadsheet's formula that fetches or runs something, or markup that says a mark and does."""
    if _FORMULA.match(sentence):
        return True
    return any(pattern.search(sentence) for pattern in outcomes) and bool(_ACTIVE.search(sentence))


def _beginning(text: str, start: int, end: int) -> int:
    """Where in a sentence the instruction begins, if it was put behind a full stop without a space."""
    for match in _GLUED.finditer(text, start, end):
        if is_instruction(text[start : match.end()]):
            break
        if is_instruction(text[match.end() : end]):
            return match.end()
    return start


def _appendages(
    text: str, bounds: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """What belongs to an instruction beside it: delimiters, and in the same line sentences with a garbled word."""
    taken = [any(a < end and start < b for a, b in spans) for start, end in bounds]
    for order in (range(len(bounds)), range(len(bounds) - 1, -1, -1)):
        for beside, number in pairwise(order):
            if taken[beside] and not taken[number] and _belongs(text, *bounds[number], bounds[beside]):
                taken[number] = True
                yield bounds[number]


def _belongs(text: str, start: int, end: int, beside: tuple[int, int]) -> bool:
    if _DELIMITER.fullmatch(text, start, end):
        return True
    between = text[min(end, beside[1]) : max(start, beside[0])]
    return "\n" not in between and is_odd(text[start:end])


def list_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of every sentence that only strings words together; none where nothing else is there."""
    bounds = sentence_bounds(text)
    if len(bounds) < 2:
        return []
    parts = split_at(tokenise(text), bounds)
    found = [
        (part.start, part.end) for part in parts if _claims_nothing(text[part.start : part.end], part.tokens)
    ]
    return found if len(found) < len(bounds) else []


def is_instruction(sentence: str) -> bool:
    """Whether one sentence tells the grader what to do or what came of it."""
    return _instructs(sentence, _DIRECT.possible(sentence), _OUTCOMES.possible(sentence))


def _instructs(sentence: str, direct: Sequence[re.Pattern[str]], outcomes: Sequence[re.Pattern[str]]) -> bool:
    if any(pattern.search(sentence) for pattern in direct):
        return True
    return any(pattern.search(sentence) for pattern in outcomes) and bool(_TELLS.search(sentence))


def _is_disguised(sentence: str) -> bool:
    """Whether it is an instruction when read backwards, or with its letters shifted by thirteen."""
    if len(sentence) > 1000 or len(_GLUE.intersection(sentence.lower().split())) >= 2:
        return False  # plain English as it stands
    decoded = (sentence[::-1], codecs.encode(sentence, "rot13"))
    return any(is_instruction(text) for text in decoded if any(word in text.lower() for word in _ABOUT_MARKS))


# Without one of these a decoded sentence is no instruction; looking for them is cheap.
_ABOUT_MARKS = tuple(
    "mark scor grad credit point rubric criteri instruct prompt verdict answer correct full pass approv".split()
)


def _claims_nothing(sentence: str, tokens: Sequence[Token]) -> bool:
    """Whether words are strung together without any syntax, or repeated without end: matter for a matcher only.

    What another language's sentence does without is English function words, so its own are looked for as well.
    """
    if len(tokens) < MANY:
        return False
    words = [token.text for token in tokens]
    distinct = len(set(words)) / len(words)
    if len(words) >= FLOOD and distinct <= 0.2:
        return True
    if _CODE.search(sentence):
        return False
    function = sum(word in STOPWORDS for word in words) / len(words)
    if _FOREIGN.intersection(words):
        return False
    glue = sum(word in _GLUE for word in words) / len(words)
    if len(words) >= LONG and glue < 0.05:
        return True
    return function < 0.15 or (function < 0.36 and glue < 0.12 and distinct <= 0.7 and len(words) >= LONG)


_CODE = re.compile(r"[,;:()=/|\[\]{}<>]|--|&&")

# What holds English sentences together: a quarter of any prose.
_GLUE = frozenset(
    "a an the of to is are was it its in on at and or that for with by as be this not can you i".split()
)
_FOREIGN = frozenset(
    """der die das und ist nicht ein eine auf mit von zu den dem des im sich wird bei el la los las que de y en un una
    es se le les et est dans pour une il che di e non per ve ile bir bu ne olarak da için o os um uma het een
    van""".split()
)


def _hides_words(blob: str) -> bool:
    """Whether a blob decodes to readable words: base64, hexadecimal, bits."""
    return any(_is_prose(decoded) for decoded in _decodings("".join(blob.split())))


def _decodings(blob: str) -> Iterator[str]:
    """What a blob says as base64, as hexadecimal and as bits, where it says anything."""
    packed = blob.replace(":", "")
    for decode in (_from_base64, bytes.fromhex, _from_bits):
        try:
            yield decode(packed).decode("utf-8")
        except (ValueError, binascii.Error, OverflowError):
            continue


def _from_base64(packed: str) -> bytes:
    return base64.urlsafe_b64decode(packed.replace("+", "-").replace("/", "_") + "=" * (-len(packed) % 4))


def _from_bits(packed: str) -> bytes:
    return int(packed, 2).to_bytes(len(packed) // 8)


def _is_prose(text: str) -> bool:
    letters = sum(char.isalpha() or char == " " for char in text)
    return len(text) >= 12 and letters >= 0.8 * len(text) and " " in text


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same stretches in order, those that touch made one."""
    apart: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], end))
        else:
            apart.append((start, end))
    return apart
