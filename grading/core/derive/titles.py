"""Titles and lead-ins: which of them say something about what stands below, and how to put it."""

import re

from grading.core.derive.wording import is_imperative, lower_first, plain_title, stems, word_count

# They announce; what stands below says it.
_RHETORICAL = re.compile(
    r"""^(?:
        (?:the\ |its\ |some\ )?(?:key|main|core|important|major|essential)?\s*
        (?:differences?|points?|ideas?|facts?|rules?|concepts?|takeaways?|principles?|things|components?|steps?|parts?|
           features?)
      | internal\ (?:structure|workings?) | internals? | impact(?:\ on\ .*)? | effects?(?:\ on\ .*)?
      | how\ it\ works | how\ .*\ works? | details? | overview | summary | in\ short | background | basics?
      | explanation | definitions? | usage | when\ to\ use(?:\ .*)? | which\ to\ use | rules?\ of\ thumb
      | in\ practice | examples? | notes? | remarks? | (?:example\ )?code(?:\ example)? | practical\ advice
      | best\ practices? | also | further | answer
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
# Any few of what stands below will do.
_CHOICE = re.compile(
    r"\b(?:use[- ]cases?|examples?|typical uses?|common uses?|applications?|such as|good for|suits?)\b",
    re.IGNORECASE,
)
_PLURAL = re.compile(
    r"""\b(use\ case|benefit|advantage|disadvantage|drawback|limitation|strength|weakness|caveat|pitfall|downside|
        upside|gain|requirement|technique|goal|reason|trade-?off|cost|example|principle|rule|step|feature|case|problem|cure|
        solution|option)s\b""",
    re.IGNORECASE | re.VERBOSE,
)


def is_rhetorical(title: str) -> bool:
    return not title or bool(_RHETORICAL.match(title))


def is_choice(title: str) -> bool:
    """Whether the title introduces examples, of which an answer needs only some."""
    return bool(_CHOICE.search(title))


def singular(title: str) -> str:
    """ "Key advantages" as "Key advantage", to stand before one of them."""
    return _PLURAL.sub(lambda match: match.group(1), title)


def is_listing(title: str) -> bool:
    """Whether the title names what its items are ("Benefits", "Limitations")."""
    return bool(_PLURAL.search(title)) or title.lower().endswith(("includes", "include", "contains"))


def labelled(title: str, body: str) -> str:
    """The body with as much of the title in front as it needs to be understood alone."""
    if _stands_alone(title, body):
        return body
    label = plain_title(singular(title))
    if word_count(body) <= 1 and not body.startswith("`"):
        return f"{label}: {body}"
    colon = re.match(r"[^:`]{1,40}: ", body)
    return f"{label} – {lower_first(body)}" if colon else f"{label}: {lower_first(body)}"


def _stands_alone(title: str, body: str) -> bool:
    if not title or stems(title) <= stems(body):
        return True
    if is_rhetorical(title):
        return True
    return is_imperative(body) and not is_listing(title)
