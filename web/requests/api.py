"""REST resources of invoice requests: drafts, their way to approval, attachments and the approval sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from flask import current_app, request, send_file, url_for
from flask.typing import ResponseReturnValue

from models.chains import PlannedSigner
from models.errors import Invalid
from models.inbox import Upload
from models.language import N_
from models.requests import InvoiceRequest, TaxItem
from tasks import printing, requests
from tasks.requests import Approvers, Document, RequestDraft, RequestFilter, RequestPage
from web import files
from web.i18n import language
from web.requests.api_schema import (
    AttachmentEntrySchema,
    AttachmentSchema,
    RequestChangeSchema,
    RequestCountsSchema,
    RequestDetailSchema,
    RequestDocumentSchema,
    RequestEntrySchema,
    RequestPageSchema,
    RequestPreviewSchema,
    RequestQuerySchema,
    TaxItemListSchema,
    UploadSchema,
)
from web.rest.blueprint import BINARY, ApiBlueprint
from web.security import current_actor

bp = ApiBlueprint(N_("Requests"), __name__, description=N_("Invoice requests, from the draft to the approval sheet."))

Created = tuple[Any, dict[str, str]]


@bp.get("/requests")
@bp.arguments(RequestQuerySchema, location="query")
@bp.response(200, RequestPageSchema)
@bp.refuses(422)
@bp.says(
    N_("List or search requests"),
    N_("Newest first. Who may not see every request finds their own, and those on which they have or had a task."),
)
def list_requests(query: tuple[RequestFilter, int | None, int]) -> RequestPage:
    wanted, before, limit = query
    return requests.list_requests(current_actor(), wanted, before=before, limit=limit)


@bp.get("/requests/counts")
@bp.response(200, RequestCountsSchema)
@bp.refuses()
@bp.says(N_("Count requests by stage"))
def count_requests() -> dict[str, dict[str, int]]:
    return {"stages": requests.count_stages(current_actor())}


@bp.post("/requests")
@bp.arguments(RequestEntrySchema)
@bp.response(201, RequestDetailSchema)
@bp.refuses(404, 422)
@bp.says(
    N_("Create a draft"),
    N_("A draft may be incomplete; its lines must be computable. It takes its number when it is first submitted."),
)
def create_request(draft: RequestDraft) -> Created:
    return _created(requests.create_draft(current_actor(), draft))


@bp.post("/requests/preview")
@bp.arguments(RequestEntrySchema)
@bp.response(200, RequestPreviewSchema)
@bp.refuses(422)
@bp.says(N_("Preview a request"), N_("Its money, the checks, and who would approve it. Nothing is saved."))
def preview_request(draft: RequestDraft) -> dict[str, Any]:
    preview = requests.preview_request(current_actor(), draft)
    return {
        "lines": [
            {"refusal": line, "amounts": None} if isinstance(line, Invalid) else {"amounts": line, "refusal": None}
            for line in preview.lines
        ],
        "totals": preview.totals,
        "checks": preview.checks,
        "approvers": _approvers(preview.approvers) if preview.approvers else None,
        "obstacle": preview.obstacle,
    }


@bp.get("/requests/<int:request_id>")
@bp.response(200, RequestDocumentSchema)
@bp.refuses(404)
@bp.says(N_("Read a request"), N_("With its checks, its timeline, who decides next, and its invoice."))
def get_request(request_id: int) -> Document:
    return requests.read_document(current_actor(), request_id)


@bp.put("/requests/<int:request_id>")
@bp.arguments(RequestChangeSchema)
@bp.response(200, RequestDetailSchema)
@bp.refuses(404, 409, 422)
@bp.says(N_("Change a request"), N_("A draft of your own, or one that was returned or withdrawn."))
def change_request(entries: tuple[RequestDraft, int | None], request_id: int) -> InvoiceRequest:
    draft, seen = entries
    return requests.update_draft(current_actor(), draft, request_id=request_id, revision=seen)


@bp.delete("/requests/<int:request_id>")
@bp.response(204)
@bp.refuses(404, 409)
@bp.says(N_("Discard a request"), N_("A draft is deleted. One with a number is cancelled, and the number stays taken."))
def discard_request(request_id: int) -> None:
    requests.discard_request(current_actor(), request_id=request_id)


@bp.post("/requests/<int:request_id>/submit")
@bp.response(200, RequestDetailSchema)
@bp.refuses(404, 409, 422)
@bp.says(
    N_("Submit a request for approval"),
    N_("It is checked, takes its number and goes to its approvers. Sent twice, the second answer is 409."),
)
def submit_request(request_id: int) -> InvoiceRequest:
    return requests.submit_request(current_actor(), request_id=request_id)


@bp.post("/requests/<int:request_id>/withdraw")
@bp.response(200, RequestDetailSchema)
@bp.refuses(404, 409)
@bp.says(N_("Withdraw a request"), N_("While it is in approval or returned. It keeps its number."))
def withdraw_request(request_id: int) -> InvoiceRequest:
    return requests.withdraw_request(current_actor(), request_id=request_id)


@bp.post("/requests/<int:request_id>/copy")
@bp.response(201, RequestDetailSchema)
@bp.refuses(404, 422)
@bp.says(N_("Copy a request into a new draft"), N_("With the header that is in force now."))
def copy_request(request_id: int) -> Created:
    return _created(requests.copy_request(current_actor(), request_id=request_id))


@bp.get("/requests/<int:request_id>/sheet.pdf")
@bp.response(200, BINARY, content_type="application/pdf")
@bp.refuses(404)
@bp.says(N_("Print the approval sheet"), N_("In the language of the token's owner."))
def print_sheet(request_id: int) -> ResponseReturnValue:
    url = f"{current_app.config['BASE_URL'] or request.host_url.rstrip('/')}/requests/{request_id}"
    paper = requests.build_sheet(current_actor(), request_id=request_id, language=language(), url=url)
    pdf = printing.approval_sheet_pdf(paper)
    return send_file(BytesIO(pdf), "application/pdf", download_name=f"{paper.request_number}.pdf")


@bp.post("/requests/<int:request_id>/attachments")
@bp.arguments(AttachmentEntrySchema, location="files")
@bp.response(201, AttachmentSchema)
@bp.refuses(404, 409, 422)
@bp.says(N_("Attach a file"), N_("While the request is still being written; at most 20 files."))
def add_attachment(sent: dict[str, Any], request_id: int) -> Created:
    file = sent["file"]
    attachment = requests.add_attachment(
        current_actor(), store=files.store(), request_id=request_id, name=file.filename or "", data=file.read()
    )
    place = url_for("Requests.read_attachment", request_id=request_id, attachment_id=attachment.id)
    return attachment, {"Location": place}


@bp.get("/requests/<int:request_id>/attachments/<int:attachment_id>")
@bp.response(200, BINARY, content_type="application/octet-stream")
@bp.refuses(404)
@bp.says(N_("Download an attachment"))
def read_attachment(request_id: int, attachment_id: int) -> ResponseReturnValue:
    attachment, data = requests.read_attachment(
        current_actor(), store=files.store(), request_id=request_id, attachment_id=attachment_id
    )
    return files.as_download(attachment, data)


@bp.delete("/requests/<int:request_id>/attachments/<int:attachment_id>")
@bp.response(204)
@bp.refuses(404, 409)
@bp.says(N_("Remove an attachment"))
def remove_attachment(request_id: int, attachment_id: int) -> None:
    requests.remove_attachment(current_actor(), request_id=request_id, attachment_id=attachment_id)


@bp.post("/requests/<int:request_id>/uploads")
@bp.arguments(AttachmentEntrySchema, location="files")
@bp.response(201, UploadSchema)
@bp.refuses(404, 422)
@bp.says(
    N_("Send a file for a comment"),
    N_("Name its id in `files` of the comment or decision within seven days; until then nobody sees it."),
)
def add_upload(sent: dict[str, Any], request_id: int) -> Upload:
    file = sent["file"]
    return requests.add_upload(
        current_actor(), store=files.store(), request_id=request_id, name=file.filename or "", data=file.read()
    )


@bp.get("/requests/<int:request_id>/timeline/<int:action_id>/files/<int:number>")
@bp.response(200, BINARY, content_type="application/octet-stream")
@bp.refuses(404)
@bp.says(N_("Download a file of a comment"), N_("The files of a line of the timeline, counted from 1."))
def read_comment_file(request_id: int, action_id: int, number: int) -> ResponseReturnValue:
    file, data = requests.read_comment_file(
        current_actor(), store=files.store(), request_id=request_id, action_id=action_id, number=number
    )
    return files.as_download(file, data)


@bp.get("/tax-items")
@bp.response(200, TaxItemListSchema)
@bp.refuses()
@bp.says(N_("List the item library"), N_("What lines are usually made of, with tax codes and rates."))
def list_tax_items() -> dict[str, Sequence[TaxItem]]:
    return {"items": requests.list_items(current_actor())}


def _created(made: InvoiceRequest) -> Created:
    return made, {"Location": url_for("Requests.get_request", request_id=made.id)}


def _approvers(found: Approvers) -> dict[str, Any]:
    steps = [
        {
            "title": step.title,
            "title_zh": step.title_zh,
            "role": step.role,
            "due_hours": step.due_hours,
            "stage": step.stage,
            "people": [_asked(signer, found.names) for signer in step.signers],
        }
        for step in found.steps
    ]
    return {
        "chain_key": found.chain_key,
        "chain_name": found.chain_name,
        "chain_name_zh": found.chain_name_zh,
        "steps": steps,
        "choices": found.choices,
    }


def _asked(signer: PlannedSigner, names: Mapping[int, str]) -> dict[str, Any]:
    if signer.outsider is not None:
        return {"user_id": None, "name": signer.outsider.name, "mail": signer.outsider.mail}
    return {"user_id": signer.user_id, "name": names[signer.user_id or 0], "mail": None}
