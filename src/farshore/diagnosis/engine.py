"""Weighs in the open: asks every rule of every cause about every suspect, and says what came of it.

1. A cause with at least one supporting ground about one subject is a finding. Its confidence follows from which kinds
   of ground it has (`verdict.Confidence`), by the table in `_confidence`.
2. Findings that explain the same symptoms are rivals and make one case; each case gets one verdict for each proven
   finding, or one for its single strongest, or is undecided between its strongest.
3. A finding under a root (`Cause.depends_on`) that is proven, or likelier than itself, is hushed and still listed.
4. Undecided is a verdict: with its candidates, and the question that most candidates ask, the cheapest first. Where
   something is broken and nothing explains it, it has no candidates.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Rule
from farshore.diagnosis.causes import CATALOGUE
from farshore.diagnosis.contradictions import contradictions
from farshore.diagnosis.episodes import episodes
from farshore.diagnosis.evidence import Unread
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed
from farshore.diagnosis.facts.dials import DialFailed, GatewayEnded, PendingOpen, RouterDialFailed, RouterEndpointError
from farshore.diagnosis.facts.flows import PolicyDenied, ResetAfterHandshake, TargetsSilent, TooLargeDropped
from farshore.diagnosis.facts.hosts import ContainerEnded, LimitReached
from farshore.diagnosis.facts.peers import PingUnanswered
from farshore.diagnosis.facts.statements import is_evidence
from farshore.diagnosis.index import Index, Scope, span
from farshore.diagnosis.misread import MISREADINGS
from farshore.diagnosis.narrow import Narrow
from farshore.diagnosis.unexplained import harmless, unexplained, what_is_missing
from farshore.diagnosis.verdict import Asked, Confidence, Diagnosis, Finding, Subject, Verdict

# What somebody suffers from; findings that rest on the same of these are rivals.
SYMPTOMS: tuple[type[Fact], ...] = (
    DialFailed,
    GatewayEnded,
    DriverFailed,
    PingUnanswered,
    PendingOpen,
    RouterDialFailed,
    RouterEndpointError,
    PolicyDenied,
    TooLargeDropped,
    TargetsSilent,
    ResetAfterHandshake,
    ContainerEnded,
    LimitReached,
)
_STRENGTH = (Confidence.PROVEN, Confidence.LIKELY, Confidence.POSSIBLE)


def diagnose(facts: Sequence[Fact], unread: Iterable[Unread] = (), *, narrow: Narrow | None = None) -> Diagnosis:
    """The verdicts over a set of facts, or those of them that are asked about.

    Pure: the same facts give the same diagnosis.
    """
    index = Index(facts if narrow is None else narrow.keep(facts))
    spells = [_hushed(find(Index(spell))) for spell in episodes(index.facts, SYMPTOMS)]
    findings = _once(finding for spell in spells for finding in spell)
    lost_once = harmless(index)
    verdicts = [_beneath(v, spell) for spell in spells for case in _cases(spell) for v in _verdicts(case, lost_once)]
    if all(verdict.is_note for verdict in verdicts):
        verdicts += _without_a_cause(index, verdicts)
    return Diagnosis(
        verdicts=tuple(sorted(_told_once(verdicts), key=_gravity, reverse=True)),
        findings=tuple(sorted(findings, key=lambda f: (_rank(f.confidence), f.cause.code, f.subject.router))),
        misreadings=tuple(misread for entry in MISREADINGS if (misread := entry.check(index)) is not None),
        contradictions=contradictions(index),
        unread=tuple(unread),
        facts=index.facts,
        readable=any(map(is_evidence, facts)),
    )


def find(index: Index) -> list[Finding]:
    """Every cause that anything supports, about every subject, contradicted ones included."""
    scopes = tuple(index.scopes())
    findings = (_finding(cause, scope) for cause in CATALOGUE for scope in scopes if cause.is_about(scope.kind))
    return [finding for finding in findings if finding is not None]


def _finding(cause: Cause, scope: Scope) -> Finding | None:
    decides, points, allows = (_grounds(rules, scope) for rules in (cause.decides, cause.points, cause.allows))
    if not (decides or points or allows):
        return None
    rules_out, speaks_against = _grounds(cause.rules_out, scope), _grounds(cause.speaks_against, scope)
    subject = _subject(scope)
    return Finding(
        cause=cause,
        subject=subject,
        confidence=_confidence(decides, points, rules_out, speaks_against),
        decides=decides,
        points=points,
        allows=allows,
        rules_out=rules_out,
        speaks_against=speaks_against,
        missing=_missing(cause, scope, subject),
    )


def _grounds(rules: Iterable[Rule], scope: Scope) -> tuple[Ground, ...]:
    return tuple(ground for rule in rules if (ground := rule(scope)) is not None)


def _confidence(
    decides: tuple[Ground, ...], points: tuple[Ground, ...], rules_out: tuple[Ground, ...], against: tuple[Ground, ...]
) -> Confidence:
    if rules_out:
        # Proven by one and ruled out by another: the observers contradict each other, and no average helps.
        return Confidence.POSSIBLE if decides else Confidence.CONTRADICTED
    if decides:
        return Confidence.PROVEN
    return Confidence.LIKELY if points and not against else Confidence.POSSIBLE


def _subject(scope: Scope) -> Subject:
    if scope.kind == About.GATEWAY.value:
        return Subject()
    node = scope.node
    behind = tuple(target for target in scope.index.targets if scope.concerns(target))
    return Subject(
        router="" if node is None else node.name,
        router_address="" if node is None else node.address,
        target=scope.target or (behind[0] if len(behind) == 1 else None),
        route=_route(scope),
    )


def _route(scope: Scope) -> str:
    """The gateway's name for the way to the scope's target, where its own records tell it."""
    ended = scope.index.of(GatewayEnded)
    names = {each.route for each in ended if scope.target is not None and each.target == scope.target}
    return names.pop() if len(names) == 1 else ""


def _missing(cause: Cause, scope: Scope, subject: Subject) -> tuple[Asked, ...]:
    return tuple(
        Asked(
            what=subject.fill(missing.question.what),
            command=subject.fill(missing.question.command),
            would_decide=subject.fill(missing.would_decide),
            cost=missing.question.cost,
        )
        for missing in cause.missing
        if not missing.question.answered(scope)
    )


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding once, where several spells rest on the same facts."""
    seen: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        refs = frozenset(fact.ref for ground in finding.supports for fact in ground.facts)
        seen.setdefault((finding.cause.code, finding.subject, finding.confidence, refs), finding)
    return list(seen.values())


def _told_once(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The same verdict about the same subject in several spells as one, from the first to the last."""
    told: dict[tuple[object, ...], Verdict] = {}
    for verdict in verdicts:
        subjects = frozenset((finding.cause.code, finding.subject) for finding in verdict.candidates)
        key = (verdict.finding and verdict.finding.cause.code, subjects)
        first = told.get(key)
        told[key] = verdict if first is None or not verdict.candidates else _joined(first, verdict)
    return list(told.values())


def _joined(first: Verdict, second: Verdict) -> Verdict:
    symptoms = {fact.ref: fact for fact in (*first.symptoms, *second.symptoms)}
    window = span(symptoms.values())
    surer = min(first, second, key=lambda verdict: list(Confidence).index(verdict.confidence))
    return replace(
        surer,
        symptoms=tuple(symptoms.values()),
        since=None if window is None else window[0],
        until=None if window is None else window[1],
    )


def _cases(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings in groups that are linked by shared symptoms."""
    cases: list[tuple[list[Finding], set[str]]] = []
    for finding in findings:
        symptoms = _symptom_keys(finding)
        touching = [case for case in cases if case[1] & symptoms]
        merged = ([finding], set(symptoms))
        for case in touching:
            cases.remove(case)
            merged = (case[0] + merged[0], case[1] | merged[1])
        cases.append(merged)
    return [case for case, _ in cases]


def _symptom_keys(finding: Finding) -> set[str]:
    """What it explains, and what speaks against it: observers who contradict each other belong to one case."""
    against = (fact for ground in finding.contradicts for fact in ground.facts if isinstance(fact, SYMPTOMS))
    return {fact.ref for fact in (*_symptoms([finding]), *against)}


def _symptoms(findings: Iterable[Finding]) -> list[Fact]:
    seen: dict[int, Fact] = {}
    for finding in findings:
        for ground in finding.supports:
            seen.update({id(fact): fact for fact in ground.facts if isinstance(fact, SYMPTOMS)})
    return list(seen.values())


def _verdicts(case: list[Finding], lost_once: Collection[str]) -> list[Verdict]:
    standing = [f for f in case if f.hushed_by is None and f.confidence is not Confidence.CONTRADICTED]
    proven = [finding for finding in standing if finding.confidence is Confidence.PROVEN]
    likely = [finding for finding in standing if finding.confidence is Confidence.LIKELY]
    if proven:
        # What the proven ones leave unexplained may have a likely cause of its own.
        explained = {fact.ref for fact in _symptoms(proven)}
        left = [finding for finding in likely if {fact.ref for fact in _symptoms([finding])} - explained]
        further = [_strongest(part, case) for part in _cases(left)]
        return [*(_named(finding, case) for finding in proven), *further]
    if likely:
        return [_strongest(part, case) for part in _cases(likely)]
    if standing:
        return [_strongest(standing, case)]
    # Symptoms whose every explanation is contradicted are still symptoms; what hushes one explains them elsewhere.
    is_hushed = any(finding.hushed_by is not None for finding in case)
    suffered = any(fact.ref not in lost_once for fact in _symptoms(case))
    return [_undecided([], case)] if suffered and not is_hushed else []


def _strongest(equals: list[Finding], case: list[Finding]) -> Verdict:
    """Of findings that are equally sure: the one cause that they all name, undisputed, or none."""
    if not any(finding.disputed for finding in equals):
        return _named(equals[0], case) if _one_cause(equals) else _undecided(equals, case)
    # Who proves it and who rules it out can't both be right; what the other side points to stays in the running.
    others = [finding for finding in case if finding.rules_out and (finding.points or finding.decides)]
    return _undecided([*equals, *(each for each in others if each not in equals)], case)


def _one_cause(findings: list[Finding]) -> bool:
    return len({finding.cause.code for finding in findings}) == 1


def _named(finding: Finding, case: list[Finding]) -> Verdict:
    return _verdict(finding.confidence, finding, (finding,), case, _symptoms([finding]))


def _undecided(candidates: list[Finding], case: list[Finding]) -> Verdict:
    return _verdict(Confidence.UNDECIDED, None, tuple(candidates), case, _symptoms(case))


def _without_a_cause(index: Index, notes: Iterable[Verdict]) -> list[Verdict]:
    """Undecided, with no candidates, where something is broken that no note explains; nothing where all is well."""
    explained = {fact.ref for note in notes for fact in note.symptoms}
    symptoms = [fact for fact in unexplained(index) if fact.ref not in explained]
    undecided = _verdict(Confidence.UNDECIDED, None, (), [], symptoms)
    return [replace(undecided, next_step=what_is_missing(index))] if symptoms else []


def _verdict(
    confidence: Confidence,
    finding: Finding | None,
    candidates: tuple[Finding, ...],
    case: list[Finding],
    symptoms: list[Fact],
) -> Verdict:
    window = span(symptoms)
    return Verdict(
        confidence=confidence,
        finding=finding,
        candidates=candidates,
        rivals=tuple(each for each in case if each not in candidates),
        symptoms=tuple(symptoms),
        next_step=None if confidence is Confidence.PROVEN else next_step(candidates or tuple(case)),
        since=None if window is None else window[0],
        until=None if window is None else window[1],
    )


def _beneath(verdict: Verdict, findings: list[Finding]) -> Verdict:
    """The same, with the roots that it may yet turn out to be a symptom of, and what would decide that."""
    finding = verdict.finding
    if finding is None:
        return verdict
    roots = dict.fromkeys(
        root.cause.code
        for root in findings
        if root.cause.code in finding.cause.depends_on
        and root.confidence is not Confidence.CONTRADICTED
        and _may_concern(root, finding)
    )
    step = verdict.next_step or (next_step((finding,)) if roots else None)
    return replace(verdict, perhaps_under=tuple(roots), next_step=step)


def next_step(candidates: Sequence[Finding]) -> Asked | None:
    """The question that most of the candidates ask; of equals the cheapest, then the first."""
    asked: dict[str, tuple[int, Asked]] = {}
    for finding in candidates:
        for question in finding.missing:
            times, first = asked.get(question.what, (0, question))
            asked[question.what] = (times + 1, first)
    ranked = sorted(asked.values(), key=lambda each: (-each[0], each[1].cost))
    return ranked[0][1] if ranked else None


def _hushed(findings: list[Finding]) -> list[Finding]:
    """The same, with those hushed that are symptoms of another."""

    def root_of(finding: Finding) -> str | None:
        roots = (
            root
            for root in findings
            if root.cause.code in finding.cause.depends_on
            and root.confidence in {Confidence.PROVEN, Confidence.LIKELY}
            and _rank(root.confidence) <= _rank(finding.confidence)
            and _may_concern(root, finding)
        )
        return next((root.cause.code for root in roots), None)

    return [replace(finding, hushed_by=root_of(finding)) for finding in findings]


def _may_concern(root: Finding, finding: Finding) -> bool:
    """Whether they are not about two different routers or two different targets."""
    routers = {root.subject.router, finding.subject.router} - {""}
    targets = {root.subject.target, finding.subject.target} - {None}
    return len(routers) <= 1 and len(targets) <= 1


def _rank(confidence: Confidence) -> int:
    order = (*_STRENGTH, Confidence.CONTRADICTED)
    return order.index(confidence)


def _gravity(verdict: Verdict) -> tuple[int, int, int]:
    sureness = 0 if verdict.finding is None else len(_STRENGTH) - _rank(verdict.finding.confidence)
    gravest = max((_weight(finding) for finding in verdict.candidates or verdict.rivals), default=Gravity.NOTE)
    return gravest, sureness, len(verdict.symptoms)


def _weight(finding: Finding) -> int:
    """How grave it is; what is only possible counts one step less, so that the surer of two neighbours stands first."""
    gravity = finding.cause.gravity
    is_sure = finding.confidence in {Confidence.PROVEN, Confidence.LIKELY}
    return gravity if is_sure or gravity <= Gravity.PART else gravity - 1
