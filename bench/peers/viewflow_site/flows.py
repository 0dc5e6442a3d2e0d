"""The shipped flow twice: with a node for each of its own, and with nothing but the people who are asked."""

from django.contrib.auth.models import User
from viewflow import this
from viewflow.workflow import flow

from bench.peers.viewflow_site.models import Approval, Request

PEOPLE = ("bob", "fiona")


def set_status(activation, status):
    Request.objects.filter(pk=activation.process.data["request_id"]).update(status=status)


def person_asked(activation):
    return User.objects.get(username=PEOPLE[activation.process.data["position"]])


def decision_is(decision):
    return lambda activation: activation.process.data["decision"] == decision


class AlikeFlow(flow.Flow):
    process_class = Approval

    start = flow.StartHandle().Next(this.any_step_left)
    any_step_left = (
        flow.If(lambda activation: activation.process.data["position"] < len(PEOPLE))
        .Then(this.approve)
        .Else(this.mark_approved)
    )
    approve = flow.View(None).Assign(person_asked).Next(this.decided)
    decided = (
        flow.Switch()
        .Case(this.advance, decision_is("approve"))
        .Case(this.mark_returned, decision_is("return"))
        .Default(this.mark_rejected)
    )
    advance = flow.Function(this.next_position).Next(this.any_step_left)
    mark_returned = flow.Function(lambda activation: set_status(activation, "returned")).Next(this.revise)
    revise = flow.View(None).Assign(username="alice").Next(this.any_step_left)
    mark_rejected = flow.Function(lambda activation: set_status(activation, "rejected")).Next(this.end)
    mark_approved = flow.Function(lambda activation: set_status(activation, "approved")).Next(this.issue)
    issue = flow.View(None).Assign(username="fiona").Next(this.end)
    end = flow.End()

    def next_position(self, activation):
        activation.process.data["position"] += 1
        activation.process.save()


class ShortFlow(flow.Flow):
    process_class = Approval

    start = flow.StartHandle().Next(this.first)
    first = flow.View(None).Assign(username="bob").Next(this.second)
    second = flow.View(None).Assign(username="fiona").Next(this.issue)
    issue = flow.View(None).Assign(username="fiona").Next(this.end)
    end = flow.End()


FLOWS = {"alike": AlikeFlow, "short": ShortFlow}
STEPS = {"alike": ("approve", "approve"), "short": ("first", "second")}
