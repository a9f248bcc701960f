"""Words that the offline grader knows: negations, opposites, near-synonyms and set phrases of the trade."""

from functools import lru_cache

from grading.core.text import stem

NEGATIONS = frozenset(
    "not no never none nothing nobody neither nor cannot can't don't doesn't didn't isn't aren't wasn't weren't won't "
    "wouldn't shouldn't couldn't hasn't haven't hadn't dont doesnt isnt arent cant wont didnt without non unable "
    "hardly lack lacks lacking fails impossible incorrect untrue false wrong avoid avoids avoiding".split()
)

# The ones that deny what follows them.
DENIALS = frozenset(
    "not no never nothing nobody neither nor cannot can't don't doesn't didn't isn't aren't wasn't weren't won't "
    "wouldn't shouldn't couldn't hasn't haven't hadn't dont doesnt isnt arent cant wont didnt hardly".split()
)

# Prefixes that turn an adjective over: "blocking" / "non-blocking", "reachable" / "unreachable".
NEGATING_PREFIXES = ("non", "un", "in", "im", "ir", "il", "dis")

# Left against right, in both directions. Words of one side may stand for one another when opposites are sought.
_OPPOSITES = """
    larger bigger greater higher | smaller lower lesser
    large big high long | small low little short tiny
    increase increases grow grows rise rises | decrease decreases shrink reduce reduces
    more most maximum maximise maximize | less fewer least minimum minimise minimize
    first | last
    before | after
    above over | below under
    top | bottom
    start begin beginning | end finish ending
    open opened | close closed
    same identical equal shared | different distinct unequal separate
    always | never
    all every everything whole entire | none nothing
    fast faster quick quicker quickly | slow slower slowly
    safe secure | unsafe insecure dangerous
    mutable | immutable
    static | dynamic
    public | private
    local | global
    internal inner inside | external outer outside
    input | output
    read reads | write writes
    push | pop
    insert add adds adding | remove removes removing delete deletes
    positive | negative
    true | false
    synchronous sync blocking | asynchronous async
    eager eagerly immediate immediately upfront | lazy lazily deferred demand
    sequential serial sequentially | parallel concurrent concurrently simultaneously
    single one | multiple many several
    stack lifo | queue fifo
    compile compiled compiler | interpret interpreted interpreter
    explicit explicitly | implicit implicitly
    encrypt encrypted | decrypt decrypted
    server | client
    parent superclass base | child subclass derived
    abstract | concrete
    direct directly | indirect indirectly
    valid | invalid
    success succeeds succeed | failure fails fail
    allow allows permit permits | forbid forbids prevent prevents prohibit prohibits deny
    enable enables | disable disables
    accept accepts | reject rejects refuse
    include includes | exclude excludes
    hold holds keep keeps retain retains | release releases lose loses discard discards forget forgets
    acquire acquires | release releases
    strong strongly | weak weakly
    hot warm | cold cool
    left | right
    up upward | down downward
    forward | backward backwards
    ascending | descending
    equality value values content contents | identity
    benefit beneficial advantage useful helps | harmful disadvantage useless
    necessary required mandatory | optional unnecessary needless
    possible | impossible
    ordered sorted | unordered unsorted
    deterministic | random randomly
    raise raises | suppress suppresses swallow swallows
    connected connect joined | disconnected
    series | parallel
    complete completed | incomplete
    dense | sparse
    cheap | expensive
    constant | linear quadratic
    shallow | deep
    horizontal | vertical
    attract attracts | repel repels
    light lighter | heavy heavier
    thick thicker | thin thinner
    hard harder | soft softer
    dissolve dissolved | undissolved
    predator | prey
    plaintext plain | hashed encrypted
    stateless | stateful
    cpu-bound | io-bound
    enter entering entry | exit exiting leave
    with | without
    front | back rear
    solid | liquid
    wet | dry
    rough rougher | smooth smoother
    coarse coarser | fine finer
    near nearer close closer | far farther distant
    wide wider broad | narrow narrower
    early earlier | late later
    new newer newest | old older oldest
    full | empty
    best | worst
    better | worse
    easy easier | difficult hard harder
    odd | even
    expand expands | contract contracts shrink shrinks
    absorb absorbs | emit emits reflect reflects
    north | south
    east | west
    day | night
    loud | quiet
    fall falls drop drops | rise rises
    multiply multiplied | divide divided
    add addition plus | subtract subtraction minus
    numerator | denominator
    horizontally | vertically
    row rows | column columns
    head | tail
    root | leaf
    prefix | suffix
    producer | consumer
    sender sends | receiver receives
    source | destination
    upload uploads | download downloads
    encode encodes encoding | decode decodes decoding
    compress compresses | decompress decompresses
    lock locked | unlock unlocked
    online | offline
    upstream | downstream
    hit hits | miss misses
    lossy | lossless
    import imports | export exports
    supervised | unsupervised
    overfitting overfit | underfitting underfit
    linear | nonlinear non-linear
    discrete | continuous
    finite | infinite
    signed | unsigned
    symmetric | asymmetric
    recursive recursively | iterative iteratively
    homogeneous | heterogeneous
    centralised centralized | decentralised decentralized distributed
    reliable | unreliable
    connection-oriented | connectionless
    virtual | physical
    logical | physical
    volatile | persistent permanent
    temporary | permanent
    voluntary | involuntary
"""

# Words that a marker would take for one another in an answer about computing or school science.
_SYNONYMS = """
    simultaneous simultaneously concurrent concurrently parallel
    function method routine procedure callable
    memory ram storage
    create make build construct produce generate instantiate
    call invoke execute run
    return yield give
    change modify alter mutate update edit
    remove delete drop erase discard
    begin start initiate launch
    end finish terminate stop complete
    error exception failure fault
    quick quickly fast rapid
    slow slowly
    identical same equal
    different distinct various
    big large huge great
    small little tiny
    check verify validate test examine inspect
    data information
    store save keep hold retain
    get fetch retrieve obtain receive
    find locate search look
    request query
    argument parameter
    attribute field property member
    variable name
    object instance
    module file
    package library
    client consumer caller
    job task work
    wait block
    thread
    use utilize utilise employ apply
    show display indicate reveal
    help assist aid support
    need require
    allow enable permit let
    prevent stop avoid forbid
    increase grow rise raise
    decrease reduce shrink lower diminish
    connect join link attach
    separate split divide partition
    part portion piece component segment
    beginning start front
    error bug mistake
    item element entry value
    collection container
    list array sequence
    dictionary dict map mapping
    table grid
    key identifier
    number count amount quantity
    class type
    subclass inherit derive extend
    decorator wrapper wrap
    cleanup release free
    duplicate copy replicate
    repeat iterate loop repetition
    condition criterion
    compare comparison
    route endpoint path
    setting configuration config option
    password credential
    secret token key
    limit restrict constrain restriction
    speed performance
    benefit advantage pro
    drawback disadvantage con downside
    automatic automatically
    document documentation doc
    describe explain define
    lightweight small minimal
    convert transform turn translate
    reuse share
    scope namespace
    noise sound
    gap break
    damaged broken burned
    bulb light lamp
    water liquid
    location place position spot
    address location
    reason cause
    result outcome consequence output
    feature characteristic trait
    technique method approach way
    problem issue trouble difficulty
    goal objective aim purpose
    simple easy straightforward
    typical usual common normal
    subproblem part
    merge combine unite join
    final last
    first initial
    kill terminate
    operating os
    database db
    unique distinct
    network net
    packet package message frame
    station node host
"""

# Said in several words, meant as one.
_PHRASES = """
    at the same time = simultaneously
    at once = simultaneously
    in parallel = parallel
    one at a time = lazily
    one by one = lazily
    on demand = lazily
    when needed = lazily
    when asked = lazily
    as needed = lazily
    up front = eagerly
    in advance = eagerly
    ahead of time = eagerly
    all at once = eagerly
    double equals = ==
    double equal = ==
    equality operator = ==
    garbage collector = gc
    garbage collection = gc
    global interpreter lock = gil
    input output = io
    i o = io
    look up = lookup
    looks up = lookup
    clean up = cleanup
    cleans up = cleanup
    set up = setup
    kick off = start
    kicks off = start
    hand out = return
    hands out = return
    gives back = return
    give back = return
    hand back = return
    calls itself = recursive
    call itself = recursive
    life cycle = lifecycle
    time out = timeout
    data type = type
    type hint = annotation
    type hints = annotation
    type annotation = annotation
    type annotations = annotation
    open api = openapi
    data base = database
    no longer = not
    instead of = not
    rather than = not
    free of = without
    in place = mutate
"""


def _lines(block: str) -> list[str]:
    return [line.strip() for line in block.strip().splitlines()]


def _opposites() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for line in _lines(_OPPOSITES):
        left, right = ({stem(w) for w in side.split()} for side in line.split("|"))
        for word in left:
            table.setdefault(word, set()).update(right - left)
        for word in right:
            table.setdefault(word, set()).update(left - right)
    return {word: frozenset(others) for word, others in table.items()}


def _synonyms() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for line in _lines(_SYNONYMS):
        stems = {stem(w) for w in line.split()}
        for word in stems:
            table.setdefault(word, set()).update(stems - {word})
    return {word: frozenset(others) for word, others in table.items()}


def _phrases() -> dict[str, tuple[tuple[tuple[str, ...], str], ...]]:
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for line in _lines(_PHRASES):
        phrase, meaning = (side.strip() for side in line.split(" = "))
        words = tuple(phrase.split())
        table.setdefault(words[0], []).append((words, stem(meaning)))
    return {first: tuple(sorted(rows, key=lambda row: -len(row[0]))) for first, rows in table.items()}


OPPOSITES = _opposites()
SYNONYMS = _synonyms()
PHRASES = _phrases()


@lru_cache(maxsize=1 << 16)
def are_opposites(one: str, other: str) -> bool:
    """Whether two stems contradict one another, by the list or by a negating prefix."""
    if other in OPPOSITES.get(one, ()):
        return True
    short, long = sorted((one, other), key=len)
    return len(short) > 3 and any(long == prefix + short for prefix in NEGATING_PREFIXES)


EMPTY: frozenset[str] = frozenset()


def synonyms(word: str) -> frozenset[str]:
    """Stems that may stand for this stem."""
    return SYNONYMS.get(word, EMPTY)
