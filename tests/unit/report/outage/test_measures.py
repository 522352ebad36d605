"""What is to be done."""

import msgspec
from tests.unit.diagnosis.making import failed
from tests.unit.report.outage.outages import course, said, zombie

from farshore.diagnosis.facts.dials import Wording
from farshore.report.outage.argument import roots
from farshore.report.outage.measures import prevention, to_do
from farshore.report.outage.sources import Sources

M01 = said(zombie())


def test_remedies_have_their_owner_risk_proof_and_steps_on_three_platforms() -> None:
    incident = course(M01)
    first, *_ = to_do(incident, roots(incident, Sources()))
    assert (first.cause, first.owner, first.risk) == ("M01", "administrator of the subnet router", "medium")
    assert "tailscale ping" in first.verify
    assert [each.platform for each in first.steps] == ["Windows", "Linux", "Kubernetes"]
    assert (first.steps[0].where, first.steps[0].run) == ("r1", "Restart-Service Tailscale")


def test_where_it_is_undecided_each_candidate_has_its_remedy() -> None:
    incident = course(said([failed(Wording.DEADLINE)]))
    found = roots(incident, Sources())
    causes = [each.cause for each in to_do(incident, found)]
    assert set(causes) == set(found[0].candidates)


def test_a_record_alone_has_its_remedies() -> None:
    incident = course(M01, examined=())
    assert {each.cause for each in to_do(incident, roots(incident, Sources()))} == {"M01"}


def test_a_hostile_name_is_not_put_into_a_command() -> None:
    subject = msgspec.structs.replace(M01.verdicts[0].subject, router="r1; rm -rf /")
    hostile = msgspec.structs.replace(M01, verdicts=[msgspec.structs.replace(M01.verdicts[0], subject=subject)])
    incident = course(hostile)
    steps = [step for each in to_do(incident, roots(incident, Sources())) for step in each.steps]
    assert steps
    assert not any("rm -rf" in step.run or "rm -rf" in step.verify for step in steps)


def test_prevention_rests_on_the_verdict_and_the_catalogue() -> None:
    sources = Sources()
    told = prevention(roots(course(M01), sources), sources)
    places = {source.id: source.place for source in sources.all}
    assert any("second path" in each.text for each in told)
    assert all("farshore explain M01" in [places[ref] for ref in each.refs] for each in told)
    assert prevention((), sources) == ()
