"""What is approved, and who decided what; the flow keeps its state in django-viewflow's own tables."""

from django.conf import settings
from django.db import models
from viewflow.workflow.models import Process


class Request(models.Model):
    number = models.CharField(max_length=40)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    status = models.CharField(max_length=20, default="in_approval")


class Decision(models.Model):
    """A line of the timeline."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    decision = models.CharField(max_length=20)
    comment = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)


class Approval(Process):
    """A proxy, so that reading a process takes one statement: its variables are in `data`."""

    class Meta:
        proxy = True
