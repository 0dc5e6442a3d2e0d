"""Leads requests through the flow, and measures every decision as the view of a form makes it."""

import sys
import time
from types import SimpleNamespace

from django.contrib.auth.models import User
from django.db import connection
from viewflow.workflow.flow.utils import wrap_view
from viewflow.workflow.models import Task

from bench.peers.viewflow_site.flows import FLOWS, PEOPLE, STEPS
from bench.peers.viewflow_site.models import Decision, Request

WARM_UP = 3


def measure(shape, requests):
    """Milliseconds and statements of both decisions about each request. The first few warm up and do not count."""
    people = [User.objects.create_user(name) for name in ("alice", *PEOPLE)][1:]
    flow, costs = FLOWS[shape], []
    for number in range(WARM_UP + requests):
        request = Request.objects.create(number=f"R{number}", amount=50000 + number)
        process = flow.start.run(_process_data={"request_id": request.pk, "position": 0, "decision": ""})
        spent = [decide(flow, step, process.pk, user.pk) for step, user in zip(STEPS[shape], people, strict=True)]
        costs += spent if number >= WARM_UP else []
    check(flow, WARM_UP + requests)
    return costs


def decide(flow, step, process_id, user_id):
    """Answer the open task: look it up, check who asks, run on, all in one transaction. Who asks is read before."""
    task_id = Task.objects.get(process_id=process_id, finished=None).pk
    answer = wrap_view(getattr(flow, step), form_valid)
    form = {"decision": "approve", "comment": ""}
    request = SimpleNamespace(method="POST", user=User.objects.get(pk=user_id), POST=form)
    seen = []

    def count(execute, sql, *rest):
        seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        started = time.process_time()
        answer(request, process_pk=process_id, task_pk=task_id)
        spent = (time.process_time() - started) * 1000
    return spent, len(seen)


def form_valid(request, **_ids):
    """What a project writes: the timeline, the variables of the process, the record itself, then `execute`."""
    activation, decision = request.activation, request.POST["decision"]
    record = Request.objects.get(pk=activation.process.data["request_id"])
    Decision.objects.create(request=record, user=request.user, decision=decision, comment=request.POST["comment"])
    activation.process.data["decision"] = decision
    activation.process.save()
    record.status = f"{decision} by {request.user.username}"
    record.save()
    activation.execute()


def check(flow, requests):
    """Every request has reached the step where it is issued."""
    waiting = Task.objects.filter(flow_task=flow.issue, finished=None).count()
    if waiting != requests:
        sys.exit(f"{waiting} of {requests} requests wait to be issued")
