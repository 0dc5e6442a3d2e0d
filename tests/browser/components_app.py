"""A page that shows the real components with invented data, for tests of what their scripts do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

from flask import Flask, Response, request
from jinja2 import ChoiceLoader, DictLoader
from werkzeug.serving import make_server

from tasks.processes import FlowState
from web import assets, security

COLUMNS = [
    {"name": "item", "label": "Item", "required": True, "wide": True},
    {"name": "price", "label": "Price", "type": "decimal", "width": "m"},
    {"name": "amount", "label": "Amount", "type": "output", "width": "m"},
]
LINES = [{"item": "Training", "price": "100.00"}, {"item": "Travel", "price": "20.00"}]
COMPANIES = [{"value": "1", "text": "深圳市星河科技有限公司", "sub": "91440300MA5G7X2K3N"}]
DIAGRAM = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t"
 xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC">
 <process id="p"><userTask id="Check" name="Check"/></process>
 <di:BPMNDiagram><di:BPMNPlane bpmnElement="p"><di:BPMNShape bpmnElement="Check"><dc:Bounds x="0" y="0" width="100"
 height="80"/></di:BPMNShape></di:BPMNPlane></di:BPMNDiagram></definitions>"""

PAGE = """{% extends "base.html" %}
{% from "components/ui.html" import page_header, tax_id, money %}
{% from "components/forms.html" import csrf_field, textarea_field, picker_field, file_field %}
{% from "components/forms.html" import autosave_status, action_button %}
{% from "components/documents.html" import lines_editor, totals, bpmn_view %}
{% block title %}Components{% endblock %}
{% block content %}
{{ page_header('Components', tax_id('91440300MA5G7X2K3N')) }}
<ul class="list-rows" data-rows>
  {% for name in ('One', 'Two', 'Three') %}
    <li class="list-row" data-row>
      <label class="list-row-select">
        <input class="form-check-input" type="checkbox" data-row-select aria-label="{{ name }}">
      </label>
      <a class="list-row-link" data-row-open href="#{{ name }}"><span>{{ name }}</span><span>{{ money(12) }}</span></a>
    </li>
  {% endfor %}
</ul>
<div class="bulk-bar" data-bulk-bar hidden><strong data-bulk-count>0</strong> selected</div>
<form method="post" action="/save" data-autosave-url="/autosave">
  {{ csrf_field() }}
  {{ picker_field('customer', 'Customer', url='/companies') }}
  {{ textarea_field('remark', 'Remark') }}
  {{ file_field('file', 'File', max_bytes=1000) }}
  {% call lines_editor(columns, lines, preview_url='/preview', max_lines=5) %}{{ totals(120, 0, 120) }}{% endcall %}
  {{ autosave_status() }}
</form>
{{ action_button('/delete', 'Delete', confirm='Two lines are lost.', danger=true, key='r') }}
{{ bpmn_view('/diagram', flow, 'The flow; now: Check') }}
{% endblock %}"""


def make_app(posted: list[tuple[str, dict[str, str]]]) -> Flask:
    """The page and the addresses it talks to; every POST is added to `posted`."""
    app = Flask("web")
    app.secret_key = "components"
    app.jinja_loader = ChoiceLoader([DictLoader({"page.html": PAGE}), app.jinja_loader or DictLoader({})])
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    filters = {"label": lambda code, _kind: code, "ago": str, "exact": str, "local_title": lambda title, _zh: title}
    app.jinja_env.filters.update(filters | {"decimalformat": lambda amount, _pattern: f"{amount:.2f}"})
    app.jinja_env.globals.update(
        csp_nonce=security.csp_nonce,
        flow=FlowState(now=("Check",)),
        csrf_token=lambda: "token",
        language=lambda: "en",
        unread_notices=lambda: 3,
        companies=lambda: [SimpleNamespace(id=1, name="Carol's", is_current=True)],
        current_user=SimpleNamespace(is_authenticated=True, name="Carol", email="carol@example.com"),
        navigation=lambda: [{"label": "Inbox", "url": "/", "icon": "inbox", "is_active": True, "shortcut": "i"}],
    )
    assets.init_app(app)
    _add_routes(app, posted)
    return app


def _add_routes(app: Flask, posted: list[tuple[str, dict[str, str]]]) -> None:
    def answer() -> str | dict[str, str]:
        posted.append((request.path, request.form.to_dict()))
        return {} if request.path == "/autosave" else '<p id="answer">answered</p>'

    def page() -> str:
        return app.jinja_env.get_template("page.html").render(columns=COLUMNS, lines=LINES, request=request)

    def with_policy(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = security._content_security_policy()
        return response

    app.add_url_rule("/", view_func=page)
    app.add_url_rule("/companies", view_func=lambda: COMPANIES, endpoint="companies")
    app.add_url_rule("/diagram", view_func=lambda: Response(DIAGRAM, mimetype="application/xml"), endpoint="diagram")
    endpoints = (
        "accounts.log_out",
        "accounts.switch_company",
        "accounts.set_language",
        "account.show",
        "delegations.index",
        "notices.index",
        "notices.counts",
    )
    for endpoint in (*endpoints, "autosave", "preview", "save", "delete"):
        app.add_url_rule(f"/{endpoint}", endpoint, answer, methods=["POST"])
    app.after_request(with_policy)


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve `app` on a free port for as long as the block runs; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
