"""Every table, and the triggers that keep books closed. Written by tools/initial_migration.py."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Rows of the register and the audit log are never changed or deleted, nor are versions of chains, nor what an issued
# invoice says.
TRIGGERS = {
    "sqlite": [
        'CREATE TRIGGER company_stamp_update AFTER UPDATE OF time_zone, working_hours, working_weekdays, has_national_holidays ON "company" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = NEW.id; END',
        'CREATE TRIGGER user_stamp_update AFTER UPDATE OF name, is_active ON "user" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id IN (SELECT company_id FROM membership WHERE user_id = NEW.id); END',
        'CREATE TRIGGER calendar_day_stamp_insert AFTER INSERT ON "calendar_day" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = NEW.company_id; END',
        'CREATE TRIGGER calendar_day_stamp_update AFTER UPDATE ON "calendar_day" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = NEW.company_id; END',
        'CREATE TRIGGER calendar_day_stamp_delete AFTER DELETE ON "calendar_day" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = OLD.company_id; END',
        'CREATE TRIGGER membership_stamp_insert AFTER INSERT ON "membership" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = NEW.company_id; END',
        'CREATE TRIGGER membership_stamp_update AFTER UPDATE ON "membership" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = NEW.company_id; END',
        'CREATE TRIGGER membership_stamp_delete AFTER DELETE ON "membership" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = OLD.company_id; END',
        "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END",
        "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END",
        "CREATE TRIGGER audit_entry_moves_head AFTER INSERT ON audit_entry BEGIN UPDATE ledger_head SET sequence = NEW.sequence, hash = NEW.hash WHERE company_id = NEW.company_id AND name = 'audit' AND sequence < NEW.sequence; END",
        'CREATE TRIGGER approval_chain_stamp_insert AFTER INSERT ON "approval_chain" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = NEW.company_id; END',
        'CREATE TRIGGER approval_chain_stamp_update AFTER UPDATE ON "approval_chain" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = NEW.company_id; END',
        'CREATE TRIGGER approval_chain_stamp_delete AFTER DELETE ON "approval_chain" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = OLD.company_id; END',
        'CREATE TRIGGER delegation_stamp_insert AFTER INSERT ON "delegation" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = NEW.company_id; END',
        'CREATE TRIGGER delegation_stamp_update AFTER UPDATE ON "delegation" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = NEW.company_id; END',
        'CREATE TRIGGER delegation_stamp_delete AFTER DELETE ON "delegation" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = OLD.company_id; END',
        'CREATE TRIGGER department_stamp_insert AFTER INSERT ON "department" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = NEW.company_id; END',
        'CREATE TRIGGER department_stamp_update AFTER UPDATE ON "department" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = NEW.company_id; END',
        'CREATE TRIGGER department_stamp_delete AFTER DELETE ON "department" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = OLD.company_id; END',
        "CREATE TRIGGER chain_version_no_update BEFORE UPDATE ON chain_version BEGIN SELECT RAISE(ABORT, 'chain_version is append-only'); END",
        "CREATE TRIGGER chain_version_no_delete BEFORE DELETE ON chain_version BEGIN SELECT RAISE(ABORT, 'chain_version is append-only'); END",
        'CREATE TRIGGER chain_version_stamp_insert AFTER INSERT ON "chain_version" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = NEW.company_id; END',
        'CREATE TRIGGER chain_version_stamp_update AFTER UPDATE ON "chain_version" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = NEW.company_id; END',
        'CREATE TRIGGER chain_version_stamp_delete AFTER DELETE ON "chain_version" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = OLD.company_id; END',
        'CREATE TRIGGER department_member_stamp_insert AFTER INSERT ON "department_member" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = NEW.company_id; END',
        'CREATE TRIGGER department_member_stamp_update AFTER UPDATE ON "department_member" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = NEW.company_id; END',
        'CREATE TRIGGER department_member_stamp_delete AFTER DELETE ON "department_member" BEGIN UPDATE company SET stamp = lower(hex(randomblob(16))) WHERE id = OLD.company_id; END',
        "CREATE TRIGGER invoice_frozen BEFORE UPDATE ON invoice WHEN NEW.request_id IS NOT OLD.request_id OR NEW.customer_id IS NOT OLD.customer_id OR NEW.serial IS NOT OLD.serial OR NEW.invoice_type IS NOT OLD.invoice_type OR NEW.code IS NOT OLD.code OR NEW.number IS NOT OLD.number OR NEW.issued_on IS NOT OLD.issued_on OR NEW.channel IS NOT OLD.channel OR NEW.is_sample IS NOT OLD.is_sample OR NEW.seller_name IS NOT OLD.seller_name OR NEW.seller_tax_id IS NOT OLD.seller_tax_id OR NEW.buyer_name IS NOT OLD.buyer_name OR NEW.buyer_tax_id IS NOT OLD.buyer_tax_id OR NEW.buyer_address IS NOT OLD.buyer_address OR NEW.buyer_phone IS NOT OLD.buyer_phone OR NEW.buyer_bank_name IS NOT OLD.buyer_bank_name OR NEW.buyer_bank_account IS NOT OLD.buyer_bank_account OR NEW.remark IS NOT OLD.remark OR NEW.drawer IS NOT OLD.drawer OR NEW.net IS NOT OLD.net OR NEW.tax IS NOT OLD.tax OR NEW.gross IS NOT OLD.gross OR NEW.issued_by_id IS NOT OLD.issued_by_id OR NEW.created_at IS NOT OLD.created_at OR NEW.company_id IS NOT OLD.company_id BEGIN SELECT RAISE(ABORT, 'an issued invoice does not change'); END",
        "CREATE TRIGGER invoice_kept BEFORE DELETE ON invoice BEGIN SELECT RAISE(ABORT, 'an issued invoice does not change'); END",
        "CREATE TRIGGER invoice_line_frozen BEFORE UPDATE ON invoice_line BEGIN SELECT RAISE(ABORT, 'an issued invoice does not change'); END",
        "CREATE TRIGGER invoice_line_kept BEFORE DELETE ON invoice_line BEGIN SELECT RAISE(ABORT, 'an issued invoice does not change'); END",
        "CREATE TRIGGER register_entry_no_update BEFORE UPDATE ON register_entry BEGIN SELECT RAISE(ABORT, 'register_entry is append-only'); END",
        "CREATE TRIGGER register_entry_no_delete BEFORE DELETE ON register_entry BEGIN SELECT RAISE(ABORT, 'register_entry is append-only'); END",
        "CREATE TRIGGER register_entry_moves_head AFTER INSERT ON register_entry BEGIN UPDATE ledger_head SET sequence = NEW.sequence, hash = NEW.hash WHERE company_id = NEW.company_id AND name = 'register' AND sequence < NEW.sequence; END",
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION company_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE company SET stamp = gen_random_uuid()::text WHERE id = (COALESCE(NEW, OLD)).id; RETURN NULL; END $$",
        'CREATE TRIGGER company_stamp AFTER UPDATE OF time_zone, working_hours, working_weekdays, has_national_holidays ON "company" FOR EACH ROW EXECUTE FUNCTION company_stamp()',
        "CREATE OR REPLACE FUNCTION user_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE company SET stamp = gen_random_uuid()::text WHERE id IN (SELECT company_id FROM membership WHERE user_id = (COALESCE(NEW, OLD)).id); RETURN NULL; END $$",
        'CREATE TRIGGER user_stamp AFTER UPDATE OF name, is_active ON "user" FOR EACH ROW EXECUTE FUNCTION user_stamp()',
        "CREATE OR REPLACE FUNCTION calendar_day_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE company SET stamp = gen_random_uuid()::text WHERE id = (COALESCE(NEW, OLD)).company_id; RETURN NULL; END $$",
        'CREATE TRIGGER calendar_day_stamp AFTER INSERT OR UPDATE OR DELETE ON "calendar_day" FOR EACH ROW EXECUTE FUNCTION calendar_day_stamp()',
        "CREATE OR REPLACE FUNCTION membership_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE company SET stamp = gen_random_uuid()::text WHERE id = (COALESCE(NEW, OLD)).company_id; RETURN NULL; END $$",
        'CREATE TRIGGER membership_stamp AFTER INSERT OR UPDATE OR DELETE ON "membership" FOR EACH ROW EXECUTE FUNCTION membership_stamp()',
        "CREATE OR REPLACE FUNCTION ledger_hash(company_id bigint, sequence bigint, previous_hash text, body text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT encode(sha256(decode('5049414f464c4f572d4c45444745522d3100', 'hex') || int8send(company_id) || int8send(sequence) || decode(previous_hash, 'hex') || sha256(convert_to(body, 'UTF8'))), 'hex') $$",
        "CREATE OR REPLACE FUNCTION audit_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit_entry is append-only'; END $$",
        "CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_append_only()",
        "CREATE OR REPLACE FUNCTION audit_entry_move_head() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE ledger_head SET sequence = NEW.sequence, hash = NEW.hash WHERE company_id = NEW.company_id AND name = 'audit' AND sequence < NEW.sequence; RETURN NULL; END $$",
        "CREATE TRIGGER audit_entry_moves_head AFTER INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_move_head()",
        "CREATE OR REPLACE FUNCTION approval_chain_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE company SET stamp = gen_random_uuid()::text WHERE id = (COALESCE(NEW, OLD)).company_id; RETURN NULL; END $$",
        'CREATE TRIGGER approval_chain_stamp AFTER INSERT OR UPDATE OR DELETE ON "approval_chain" FOR EACH ROW EXECUTE FUNCTION approval_chain_stamp()',
        "CREATE OR REPLACE FUNCTION delegation_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE company SET stamp = gen_random_uuid()::text WHERE id = (COALESCE(NEW, OLD)).company_id; RETURN NULL; END $$",
        'CREATE TRIGGER delegation_stamp AFTER INSERT OR UPDATE OR DELETE ON "delegation" FOR EACH ROW EXECUTE FUNCTION delegation_stamp()',
        "CREATE OR REPLACE FUNCTION department_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE company SET stamp = gen_random_uuid()::text WHERE id = (COALESCE(NEW, OLD)).company_id; RETURN NULL; END $$",
        'CREATE TRIGGER department_stamp AFTER INSERT OR UPDATE OR DELETE ON "department" FOR EACH ROW EXECUTE FUNCTION department_stamp()',
        "CREATE OR REPLACE FUNCTION chain_version_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'chain_version is append-only'; END $$",
        "CREATE TRIGGER chain_version_append_only BEFORE UPDATE OR DELETE ON chain_version FOR EACH ROW EXECUTE FUNCTION chain_version_append_only()",
        "CREATE OR REPLACE FUNCTION chain_version_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE company SET stamp = gen_random_uuid()::text WHERE id = (COALESCE(NEW, OLD)).company_id; RETURN NULL; END $$",
        'CREATE TRIGGER chain_version_stamp AFTER INSERT OR UPDATE OR DELETE ON "chain_version" FOR EACH ROW EXECUTE FUNCTION chain_version_stamp()',
        "CREATE OR REPLACE FUNCTION department_member_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE company SET stamp = gen_random_uuid()::text WHERE id = (COALESCE(NEW, OLD)).company_id; RETURN NULL; END $$",
        'CREATE TRIGGER department_member_stamp AFTER INSERT OR UPDATE OR DELETE ON "department_member" FOR EACH ROW EXECUTE FUNCTION department_member_stamp()',
        "CREATE OR REPLACE FUNCTION invoice_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'an issued invoice does not change'; END $$",
        "CREATE TRIGGER invoice_frozen BEFORE UPDATE ON invoice FOR EACH ROW WHEN (NEW.request_id IS DISTINCT FROM OLD.request_id OR NEW.customer_id IS DISTINCT FROM OLD.customer_id OR NEW.serial IS DISTINCT FROM OLD.serial OR NEW.invoice_type IS DISTINCT FROM OLD.invoice_type OR NEW.code IS DISTINCT FROM OLD.code OR NEW.number IS DISTINCT FROM OLD.number OR NEW.issued_on IS DISTINCT FROM OLD.issued_on OR NEW.channel IS DISTINCT FROM OLD.channel OR NEW.is_sample IS DISTINCT FROM OLD.is_sample OR NEW.seller_name IS DISTINCT FROM OLD.seller_name OR NEW.seller_tax_id IS DISTINCT FROM OLD.seller_tax_id OR NEW.buyer_name IS DISTINCT FROM OLD.buyer_name OR NEW.buyer_tax_id IS DISTINCT FROM OLD.buyer_tax_id OR NEW.buyer_address IS DISTINCT FROM OLD.buyer_address OR NEW.buyer_phone IS DISTINCT FROM OLD.buyer_phone OR NEW.buyer_bank_name IS DISTINCT FROM OLD.buyer_bank_name OR NEW.buyer_bank_account IS DISTINCT FROM OLD.buyer_bank_account OR NEW.remark IS DISTINCT FROM OLD.remark OR NEW.drawer IS DISTINCT FROM OLD.drawer OR NEW.net IS DISTINCT FROM OLD.net OR NEW.tax IS DISTINCT FROM OLD.tax OR NEW.gross IS DISTINCT FROM OLD.gross OR NEW.issued_by_id IS DISTINCT FROM OLD.issued_by_id OR NEW.created_at IS DISTINCT FROM OLD.created_at OR NEW.company_id IS DISTINCT FROM OLD.company_id) EXECUTE FUNCTION invoice_refuse()",
        "CREATE TRIGGER invoice_kept BEFORE DELETE ON invoice FOR EACH ROW EXECUTE FUNCTION invoice_refuse()",
        "CREATE TRIGGER invoice_line_frozen BEFORE UPDATE OR DELETE ON invoice_line FOR EACH ROW EXECUTE FUNCTION invoice_refuse()",
        "CREATE OR REPLACE FUNCTION register_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'register_entry is append-only'; END $$",
        "CREATE TRIGGER register_entry_append_only BEFORE UPDATE OR DELETE ON register_entry FOR EACH ROW EXECUTE FUNCTION register_entry_append_only()",
        "CREATE OR REPLACE FUNCTION register_entry_move_head() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE ledger_head SET sequence = NEW.sequence, hash = NEW.hash WHERE company_id = NEW.company_id AND name = 'register' AND sequence < NEW.sequence; RETURN NULL; END $$",
        "CREATE TRIGGER register_entry_moves_head AFTER INSERT ON register_entry FOR EACH ROW EXECUTE FUNCTION register_entry_move_head()",
    ],
}


def upgrade() -> None:
    op.create_table(
        "backup_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_run")),
    )
    op.create_table(
        "company",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tax_id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("bank_name", sa.String(), nullable=False),
        sa.Column("bank_account", sa.String(), nullable=False),
        sa.Column("drawer", sa.String(), nullable=False),
        sa.Column("payee", sa.String(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("number_pattern", sa.String(), nullable=False),
        sa.Column(
            "withdraw_until",
            sa.Enum(
                "first_approval", "end", name="withdraw_until", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("has_mail_links", sa.Boolean(), nullable=False),
        sa.Column("working_hours", sa.JSON(), nullable=False),
        sa.Column("working_weekdays", sa.JSON(), nullable=False),
        sa.Column("has_national_holidays", sa.Boolean(), nullable=False),
        sa.Column("stamp", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
        sa.UniqueConstraint("name", name=op.f("uq_company_name")),
    )
    op.create_table(
        "fired_slot",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "slot", name=op.f("pk_fired_slot")),
    )
    op.create_table(
        "job_done",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_job_done")),
    )
    op.create_index("ix_job_done_at", "job_done", ["at"], unique=False)
    op.create_table(
        "login_throttle",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failure_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_throttle")),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_api_token_company_id_company")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_api_token_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"], unique=False)
    op.create_table(
        "approval_chain",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_approval_chain_company_id_company")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_chain")),
        sa.UniqueConstraint("company_id", "key", name=op.f("uq_approval_chain_company_id_key")),
    )
    op.create_index(op.f("ix_approval_chain_company_id"), "approval_chain", ["company_id"], unique=False)
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_audit_entry_company_id_company")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("company_id", "sequence", name=op.f("uq_audit_entry_company_id_sequence")),
    )
    op.create_index(op.f("ix_audit_entry_company_id"), "audit_entry", ["company_id"], unique=False)
    op.create_index("ix_audit_entry_subject", "audit_entry", ["company_id", "subject"], unique=False)
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "national", "imported", "own", name="day_source", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_calendar_day_company_id_company")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
        sa.UniqueConstraint("company_id", "day", "source", name=op.f("uq_calendar_day_company_id_day_source")),
    )
    op.create_index(op.f("ix_calendar_day_company_id"), "calendar_day", ["company_id"], unique=False)
    op.create_table(
        "carbon_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_carbon_copy_by_id_user")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_carbon_copy_company_id_company")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_carbon_copy_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carbon_copy")),
        sa.UniqueConstraint(
            "subject_kind", "subject_id", "user_id", name=op.f("uq_carbon_copy_subject_kind_subject_id_user_id")
        ),
    )
    op.create_index(op.f("ix_carbon_copy_company_id"), "carbon_copy", ["company_id"], unique=False)
    op.create_index("ix_carbon_copy_user", "carbon_copy", ["company_id", "user_id", "read_at"], unique=False)
    op.create_table(
        "chat_channel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "wecom",
                "dingtalk",
                "feishu",
                "json",
                name="chat_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("shown_url", sa.String(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_chat_channel_company_id_company")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_channel")),
    )
    op.create_index(op.f("ix_chat_channel_company_id"), "chat_channel", ["company_id"], unique=False)
    op.create_table(
        "customer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("initials", sa.String(), nullable=False),
        sa.Column("pinyin", sa.String(), nullable=False),
        sa.Column(
            "grade",
            sa.Enum("A", "B", "C", name="grade", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_customer_company_id_company")),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_customer_owner_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_customer_company_id_code")),
    )
    op.create_index(op.f("ix_customer_company_id"), "customer", ["company_id"], unique=False)
    op.create_index("ix_customer_company_name", "customer", ["company_id", "name"], unique=False)
    op.create_table(
        "delegation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_user_id", sa.Integer(), nullable=False),
        sa.Column("to_user_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("min_amount", sa.BigInteger(), nullable=True),
        sa.Column("max_amount", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_delegation_ends_after_start")),
        sa.CheckConstraint("from_user_id <> to_user_id", name=op.f("ck_delegation_two_people")),
        sa.CheckConstraint("min_amount <= max_amount", name=op.f("ck_delegation_amounts_in_order")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_delegation_company_id_company")),
        sa.ForeignKeyConstraint(["created_by_id"], ["user.id"], name=op.f("fk_delegation_created_by_id_user")),
        sa.ForeignKeyConstraint(["from_user_id"], ["user.id"], name=op.f("fk_delegation_from_user_id_user")),
        sa.ForeignKeyConstraint(["to_user_id"], ["user.id"], name=op.f("fk_delegation_to_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index(op.f("ix_delegation_company_id"), "delegation", ["company_id"], unique=False)
    op.create_index(op.f("ix_delegation_from_user_id"), "delegation", ["from_user_id"], unique=False)
    op.create_index(op.f("ix_delegation_to_user_id"), "delegation", ["to_user_id"], unique=False)
    op.create_table(
        "department",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("head_id", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_department_company_id_company")),
        sa.ForeignKeyConstraint(["head_id"], ["user.id"], name=op.f("fk_department_head_id_user")),
        sa.ForeignKeyConstraint(["parent_id"], ["department.id"], name=op.f("fk_department_parent_id_department")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
        sa.UniqueConstraint("company_id", "name", name=op.f("uq_department_company_id_name")),
    )
    op.create_index(op.f("ix_department_company_id"), "department", ["company_id"], unique=False)
    op.create_index(op.f("ix_department_head_id"), "department", ["head_id"], unique=False)
    op.create_index(op.f("ix_department_parent_id"), "department", ["parent_id"], unique=False)
    op.create_table(
        "digest_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_digest_line_company_id_company")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_digest_line_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_line")),
    )
    op.create_index(op.f("ix_digest_line_company_id"), "digest_line", ["company_id"], unique=False)
    op.create_index("ix_digest_line_due", "digest_line", ["due_at"], unique=False)
    op.create_table(
        "import_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("uploaded", "done", name="import_status", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_import_job_company_id_company")),
        sa.ForeignKeyConstraint(["created_by_id"], ["user.id"], name=op.f("fk_import_job_created_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_job")),
    )
    op.create_index(op.f("ix_import_job_company_id"), "import_job", ["company_id"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("todo", "dead", name="job_state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_job_company_id_company")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("key", name=op.f("uq_job_key")),
    )
    op.create_index("ix_job_due", "job", ["state", "run_at"], unique=False)
    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_ledger_head_company_id_company")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_head")),
        sa.UniqueConstraint("company_id", "name", name=op.f("uq_ledger_head_company_id_name")),
    )
    op.create_index(op.f("ix_ledger_head_company_id"), "ledger_head", ["company_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_membership_company_id_company")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_membership_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("user_id", "company_id", name=op.f("uq_membership_user_id_company_id")),
    )
    op.create_index(op.f("ix_membership_company_id"), "membership", ["company_id"], unique=False)
    op.create_table(
        "notice_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("outsiders", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expanded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_notice_event_company_id_company")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_event")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_event_key")),
    )
    op.create_index(op.f("ix_notice_event_company_id"), "notice_event", ["company_id"], unique=False)
    op.create_index("ix_notice_event_new", "notice_event", ["expanded_at", "id"], unique=False)
    op.create_table(
        "notice_preference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("unwanted", sa.JSON(), nullable=False),
        sa.Column(
            "digest",
            sa.Enum("off", "hourly", "daily", name="digest", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("digest_at", sa.Time(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("urgent_passes", sa.Boolean(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_notice_preference_company_id_company")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_notice_preference_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_preference")),
        sa.UniqueConstraint("company_id", "user_id", name=op.f("uq_notice_preference_company_id_user_id")),
    )
    op.create_index(op.f("ix_notice_preference_company_id"), "notice_preference", ["company_id"], unique=False)
    op.create_table(
        "notification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_notification_company_id_company")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_notification_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
    )
    op.create_index(op.f("ix_notification_company_id"), "notification", ["company_id"], unique=False)
    op.create_index("ix_notification_unread", "notification", ["company_id", "user_id", "read_at"], unique=False)
    op.create_table(
        "number_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("next_value", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_number_series_company_id_company")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_series")),
        sa.UniqueConstraint("company_id", "kind", "period", name=op.f("uq_number_series_company_id_kind_period")),
    )
    op.create_index(op.f("ix_number_series_company_id"), "number_series", ["company_id"], unique=False)
    op.create_table(
        "process_definition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("bpmn", sa.Text(), nullable=False),
        sa.Column("decisions", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_process_definition_company_id_company")),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["user.id"], name=op.f("fk_process_definition_published_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_definition")),
        sa.UniqueConstraint("company_id", "key", "version", name=op.f("uq_process_definition_company_id_key_version")),
    )
    op.create_index(op.f("ix_process_definition_company_id"), "process_definition", ["company_id"], unique=False)
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_saved_view_company_id_company")),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_saved_view_owner_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("company_id", "owner_id", "name", name=op.f("uq_saved_view_company_id_owner_id_name")),
    )
    op.create_index(op.f("ix_saved_view_company_id"), "saved_view", ["company_id"], unique=False)
    op.create_table(
        "tax_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tax_code", sa.String(), nullable=False),
        sa.Column("short_name", sa.String(), nullable=False),
        sa.Column("spec", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("unit_price", sa.String(length=40), nullable=True),
        sa.Column("rate", sa.String(), nullable=False),
        sa.Column("initials", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_tax_item_company_id_company")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_item")),
        sa.UniqueConstraint("company_id", "name", "spec", name=op.f("uq_tax_item_company_id_name_spec")),
    )
    op.create_index(op.f("ix_tax_item_company_id"), "tax_item", ["company_id"], unique=False)
    op.create_table(
        "upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_upload_company_id_company")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_upload_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.create_index("ix_upload_at", "upload", ["at"], unique=False)
    op.create_index(op.f("ix_upload_company_id"), "upload", ["company_id"], unique=False)
    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_user_session_company_id_company")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_user_session_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
    )
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.create_table(
        "chain_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chain_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("binding", sa.JSON(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chain_id"], ["approval_chain.id"], name=op.f("fk_chain_version_chain_id_approval_chain")
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_chain_version_company_id_company")),
        sa.ForeignKeyConstraint(["made_by_id"], ["user.id"], name=op.f("fk_chain_version_made_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_version")),
        sa.UniqueConstraint("chain_id", "number", name=op.f("uq_chain_version_chain_id_number")),
    )
    op.create_index(op.f("ix_chain_version_chain_id"), "chain_version", ["chain_id"], unique=False)
    op.create_index(op.f("ix_chain_version_company_id"), "chain_version", ["company_id"], unique=False)
    op.create_table(
        "department_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_department_member_company_id_company")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_department_member_department_id_department")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_department_member_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_member")),
        sa.UniqueConstraint("department_id", "user_id", name=op.f("uq_department_member_department_id_user_id")),
    )
    op.create_index(op.f("ix_department_member_company_id"), "department_member", ["company_id"], unique=False)
    op.create_index(op.f("ix_department_member_user_id"), "department_member", ["user_id"], unique=False)
    op.create_index(
        "uq_department_member_primary",
        "department_member",
        ["company_id", "user_id"],
        unique=True,
        sqlite_where=sa.text("is_primary"),
        postgresql_where=sa.text("is_primary"),
    )
    op.create_table(
        "flow_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "published",
                "discarded",
                name="draft_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("started_by_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_by_id", sa.Integer(), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["base_id"], ["process_definition.id"], name=op.f("fk_flow_draft_base_id_process_definition")
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_flow_draft_company_id_company")),
        sa.ForeignKeyConstraint(["edited_by_id"], ["user.id"], name=op.f("fk_flow_draft_edited_by_id_user")),
        sa.ForeignKeyConstraint(["started_by_id"], ["user.id"], name=op.f("fk_flow_draft_started_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_draft")),
    )
    op.create_index(op.f("ix_flow_draft_company_id"), "flow_draft", ["company_id"], unique=False)
    op.create_index(
        "uq_flow_draft_open",
        "flow_draft",
        ["company_id", "key"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "header",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "organization",
                "person",
                "government",
                "foreign",
                name="header_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("tax_id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("bank_name", sa.String(), nullable=False),
        sa.Column("bank_account", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("override_reason", sa.String(), nullable=False),
        sa.Column("initials", sa.String(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_header_company_id_company")),
        sa.ForeignKeyConstraint(["created_by_id"], ["user.id"], name=op.f("fk_header_created_by_id_user")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_header_customer_id_customer")),
        sa.ForeignKeyConstraint(["supersedes_id"], ["header.id"], name=op.f("fk_header_supersedes_id_header")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_header")),
    )
    op.create_index(op.f("ix_header_company_id"), "header", ["company_id"], unique=False)
    op.create_index(op.f("ix_header_customer_id"), "header", ["customer_id"], unique=False)
    op.create_index(
        "uq_header_company_tax_id_in_force",
        "header",
        ["company_id", "tax_id"],
        unique=True,
        sqlite_where=sa.text("valid_to IS NULL AND tax_id <> '' AND override_reason = ''"),
        postgresql_where=sa.text("valid_to IS NULL AND tax_id <> '' AND override_reason = ''"),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("invited_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_invitation_company_id_company")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_invitation_department_id_department")
        ),
        sa.ForeignKeyConstraint(["invited_by_id"], ["user.id"], name=op.f("fk_invitation_invited_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(op.f("ix_invitation_company_id"), "invitation", ["company_id"], unique=False)
    op.create_table(
        "move_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=True),
        sa.Column("undoes_id", sa.Integer(), nullable=True),
        sa.Column("id_map", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running", "stopped", "done", name="batch_state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("started_by_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_move_batch_company_id_company")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["user.id"], name=op.f("fk_move_batch_ended_by_id_user")),
        sa.ForeignKeyConstraint(["started_by_id"], ["user.id"], name=op.f("fk_move_batch_started_by_id_user")),
        sa.ForeignKeyConstraint(
            ["target_id"], ["process_definition.id"], name=op.f("fk_move_batch_target_id_process_definition")
        ),
        sa.ForeignKeyConstraint(["undoes_id"], ["move_batch.id"], name=op.f("fk_move_batch_undoes_id_move_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_batch")),
    )
    op.create_index(op.f("ix_move_batch_company_id"), "move_batch", ["company_id"], unique=False)
    op.create_index("ix_move_batch_key", "move_batch", ["company_id", "key", "id"], unique=False)
    op.create_index(
        "uq_move_batch_running",
        "move_batch",
        ["company_id", "key"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "process_instance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("definition_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "running",
                "completed",
                "cancelled",
                name="instance_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_process_instance_company_id_company")),
        sa.ForeignKeyConstraint(
            ["definition_id"],
            ["process_definition.id"],
            name=op.f("fk_process_instance_definition_id_process_definition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_instance")),
    )
    op.create_index(op.f("ix_process_instance_company_id"), "process_instance", ["company_id"], unique=False)
    op.create_index(
        "ix_process_instance_status",
        "process_instance",
        ["company_id", "status", "id", "definition_id", "started_at"],
        unique=False,
    )
    op.create_index(
        "ix_process_instance_subject", "process_instance", ["company_id", "subject_kind", "subject_id"], unique=False
    )
    op.create_table(
        "draft_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_draft_file_company_id_company")),
        sa.ForeignKeyConstraint(["draft_id"], ["flow_draft.id"], name=op.f("fk_draft_file_draft_id_flow_draft")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_file")),
        sa.UniqueConstraint("draft_id", "name", name=op.f("uq_draft_file_draft_id_name")),
    )
    op.create_index(op.f("ix_draft_file_company_id"), "draft_file", ["company_id"], unique=False)
    op.create_table(
        "draft_visitor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("tab", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("is_editing", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_draft_visitor_company_id_company")),
        sa.ForeignKeyConstraint(["draft_id"], ["flow_draft.id"], name=op.f("fk_draft_visitor_draft_id_flow_draft")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_draft_visitor_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_visitor")),
        sa.UniqueConstraint("draft_id", "user_id", "tab", name=op.f("uq_draft_visitor_draft_id_user_id_tab")),
    )
    op.create_index(op.f("ix_draft_visitor_company_id"), "draft_visitor", ["company_id"], unique=False)
    op.create_table(
        "human_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("engine_task_id", sa.String(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "any",
                "all",
                "order",
                "count",
                "percent",
                "weight",
                "veto",
                name="step_mode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("threshold", sa.Integer(), nullable=True),
        sa.Column("verbs", sa.JSON(), nullable=False),
        sa.Column("step", sa.JSON(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "open", "done", "cancelled", name="task_status", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalate_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("auto_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("urged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("outsider", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["closed_by_id"], ["user.id"], name=op.f("fk_human_task_closed_by_id_user")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_human_task_company_id_company")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_human_task_instance_id_process_instance")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_human_task")),
        sa.UniqueConstraint("instance_id", "engine_task_id", name=op.f("uq_human_task_instance_id_engine_task_id")),
    )
    op.create_index("ix_human_task_auto", "human_task", ["status", "auto_at"], unique=False)
    op.create_index(op.f("ix_human_task_company_id"), "human_task", ["company_id"], unique=False)
    op.create_index("ix_human_task_escalate", "human_task", ["status", "escalate_at"], unique=False)
    op.create_index(op.f("ix_human_task_instance_id"), "human_task", ["instance_id"], unique=False)
    op.create_index("ix_human_task_open", "human_task", ["company_id", "status", "id"], unique=False)
    op.create_index("ix_human_task_remind", "human_task", ["status", "remind_at"], unique=False)
    op.create_index("ix_human_task_subject", "human_task", ["company_id", "subject_kind", "subject_id"], unique=False)
    op.create_table(
        "invoice_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("header_id", sa.Integer(), nullable=True),
        sa.Column("invoice_type", sa.String(), nullable=False),
        sa.Column("tax_inclusive", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("contract_number", sa.String(), nullable=False),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("delivery_email", sa.String(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column(
            "approval",
            sa.Enum(
                "draft",
                "in_approval",
                "returned",
                "approved",
                "rejected",
                "withdrawn",
                "cancelled",
                name="approval",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "issue",
            sa.Enum(
                "none",
                "partial",
                "full",
                "reversed",
                name="issue_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "delivery",
            sa.Enum(
                "none",
                "partial",
                "delivered",
                "exception",
                name="delivery_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "collection",
            sa.Enum(
                "none",
                "partial",
                "collected",
                name="collection_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("applicant_id", sa.Integer(), nullable=False),
        sa.Column("unfinished", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("net + tax = gross", name=op.f("ck_invoice_request_gross_is_net_plus_tax")),
        sa.ForeignKeyConstraint(["applicant_id"], ["user.id"], name=op.f("fk_invoice_request_applicant_id_user")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_invoice_request_company_id_company")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_invoice_request_customer_id_customer")),
        sa.ForeignKeyConstraint(["header_id"], ["header.id"], name=op.f("fk_invoice_request_header_id_header")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_request")),
        sa.UniqueConstraint("company_id", "number", name=op.f("uq_invoice_request_company_id_number")),
    )
    op.create_index(op.f("ix_invoice_request_company_id"), "invoice_request", ["company_id"], unique=False)
    op.create_index(op.f("ix_invoice_request_customer_id"), "invoice_request", ["customer_id"], unique=False)
    op.create_index(
        "ix_request_company_applicant", "invoice_request", ["company_id", "applicant_id", "id"], unique=False
    )
    op.create_index("ix_request_company_approval", "invoice_request", ["company_id", "approval", "id"], unique=False)
    op.create_index("ix_request_twin", "invoice_request", ["customer_id", "gross", "id"], unique=False)
    op.create_table(
        "move_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("undoes_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "todo",
                "moved",
                "refused",
                "returned",
                name="item_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "safe", "mapping", "blocked", name="move_class", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("happened", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["move_batch.id"], name=op.f("fk_move_item_batch_id_move_batch"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_move_item_company_id_company")),
        sa.ForeignKeyConstraint(
            ["from_id"], ["process_definition.id"], name=op.f("fk_move_item_from_id_process_definition")
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_move_item_instance_id_process_instance")
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["process_definition.id"], name=op.f("fk_move_item_to_id_process_definition")
        ),
        sa.ForeignKeyConstraint(["undoes_id"], ["move_item.id"], name=op.f("fk_move_item_undoes_id_move_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_item")),
    )
    op.create_index(op.f("ix_move_item_company_id"), "move_item", ["company_id"], unique=False)
    op.create_index(op.f("ix_move_item_instance_id"), "move_item", ["instance_id"], unique=False)
    op.create_index("ix_move_item_state", "move_item", ["batch_id", "state", "id"], unique=False)
    op.create_index("uq_move_item_instance", "move_item", ["batch_id", "instance_id"], unique=True)
    op.create_table(
        "process_incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("engine_task_id", sa.String(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "retried",
                "skipped",
                "resolved",
                name="incident_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_process_incident_company_id_company")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_process_incident_instance_id_process_instance")
        ),
        sa.ForeignKeyConstraint(["resolved_by_id"], ["user.id"], name=op.f("fk_process_incident_resolved_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_incident")),
    )
    op.create_index(op.f("ix_process_incident_company_id"), "process_incident", ["company_id"], unique=False)
    op.create_index(op.f("ix_process_incident_instance_id"), "process_incident", ["instance_id"], unique=False)
    op.create_index("ix_process_incident_state", "process_incident", ["company_id", "state", "id"], unique=False)
    op.create_table(
        "process_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=True),
        sa.Column("given", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_process_step_company_id_company")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_process_step_instance_id_process_instance")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_step")),
    )
    op.create_index(op.f("ix_process_step_company_id"), "process_step", ["company_id"], unique=False)
    op.create_index(op.f("ix_process_step_instance_id"), "process_step", ["instance_id"], unique=False)
    op.create_table(
        "process_wait",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "timer", "message", "signal", name="wait_kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("correlation", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_process_wait_company_id_company")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_process_wait_instance_id_process_instance")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_wait")),
    )
    op.create_index(op.f("ix_process_wait_company_id"), "process_wait", ["company_id"], unique=False)
    op.create_index("ix_process_wait_due", "process_wait", ["due_at"], unique=False)
    op.create_index(op.f("ix_process_wait_instance_id"), "process_wait", ["instance_id"], unique=False)
    op.create_index("ix_process_wait_name", "process_wait", ["company_id", "kind", "name", "correlation"], unique=False)
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_attachment_company_id_company")),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["invoice_request.id"],
            name=op.f("fk_attachment_request_id_invoice_request"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["user.id"], name=op.f("fk_attachment_uploaded_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_company_id"), "attachment", ["company_id"], unique=False)
    op.create_index(op.f("ix_attachment_request_id"), "attachment", ["request_id"], unique=False)
    op.create_index(op.f("ix_attachment_sha256"), "attachment", ["sha256"], unique=False)
    op.create_table(
        "draft_edit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "start",
                "save",
                "import",
                "aside",
                name="edit_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_draft_edit_company_id_company")),
        sa.ForeignKeyConstraint(["file_id"], ["draft_file.id"], name=op.f("fk_draft_edit_file_id_draft_file")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_draft_edit_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_edit")),
        sa.UniqueConstraint("file_id", "number", name=op.f("uq_draft_edit_file_id_number")),
    )
    op.create_index(op.f("ix_draft_edit_company_id"), "draft_edit", ["company_id"], unique=False)
    op.create_table(
        "invoice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("invoice_type", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("manual", "simulator", name="channel", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "issued",
                "voided",
                "partly_reversed",
                "reversed",
                name="invoice_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("seller_name", sa.String(), nullable=False),
        sa.Column("seller_tax_id", sa.String(), nullable=False),
        sa.Column("buyer_name", sa.String(), nullable=False),
        sa.Column("buyer_tax_id", sa.String(), nullable=False),
        sa.Column("buyer_address", sa.String(), nullable=False),
        sa.Column("buyer_phone", sa.String(), nullable=False),
        sa.Column("buyer_bank_name", sa.String(), nullable=False),
        sa.Column("buyer_bank_account", sa.String(), nullable=False),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("drawer", sa.String(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("net + tax = gross", name=op.f("ck_invoice_gross_is_net_plus_tax")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_invoice_company_id_company")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_invoice_customer_id_customer")),
        sa.ForeignKeyConstraint(["issued_by_id"], ["user.id"], name=op.f("fk_invoice_issued_by_id_user")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["invoice_request.id"], name=op.f("fk_invoice_request_id_invoice_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("company_id", "code", "number", name=op.f("uq_invoice_company_id_code_number")),
        sa.UniqueConstraint("company_id", "serial", name=op.f("uq_invoice_company_id_serial")),
    )
    op.create_index("ix_invoice_company_buyer", "invoice", ["company_id", "buyer_name"], unique=False)
    op.create_index(op.f("ix_invoice_company_id"), "invoice", ["company_id"], unique=False)
    op.create_index("ix_invoice_company_issued_on", "invoice", ["company_id", "issued_on", "id"], unique=False)
    op.create_index(op.f("ix_invoice_customer_id"), "invoice", ["customer_id"], unique=False)
    op.create_index(op.f("ix_invoice_request_id"), "invoice", ["request_id"], unique=False)
    op.create_table(
        "request_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tax_code", sa.String(), nullable=False),
        sa.Column("short_name", sa.String(), nullable=False),
        sa.Column("spec", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("quantity", sa.String(length=40), nullable=True),
        sa.Column("unit_price", sa.String(length=40), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.String(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_request_line_company_id_company")),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["invoice_request.id"],
            name=op.f("fk_request_line_request_id_invoice_request"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_line")),
        sa.UniqueConstraint("request_id", "position", name=op.f("uq_request_line_request_id_position")),
    )
    op.create_index(op.f("ix_request_line_company_id"), "request_line", ["company_id"], unique=False)
    op.create_table(
        "request_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_request_round_company_id_company")),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["invoice_request.id"],
            name=op.f("fk_request_round_request_id_invoice_request"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_round")),
    )
    op.create_index(op.f("ix_request_round_company_id"), "request_round", ["company_id"], unique=False)
    op.create_index(op.f("ix_request_round_request_id"), "request_round", ["request_id"], unique=False)
    op.create_table(
        "task_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=True),
        sa.Column("files", sa.JSON(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("about_id", sa.Integer(), nullable=True),
        sa.Column("outsider", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["about_id"], ["user.id"], name=op.f("fk_task_action_about_id_user")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_task_action_company_id_company")),
        sa.ForeignKeyConstraint(["task_id"], ["human_task.id"], name=op.f("fk_task_action_task_id_human_task")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_task_action_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_action")),
    )
    op.create_index(op.f("ix_task_action_company_id"), "task_action", ["company_id"], unique=False)
    op.create_index(
        "ix_task_action_subject", "task_action", ["company_id", "subject_kind", "subject_id", "id"], unique=False
    )
    op.create_table(
        "task_signer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("outsider", sa.String(), nullable=False),
        sa.Column("mail", sa.String(), nullable=True),
        sa.Column("acts_for_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "asked",
                "before",
                "after",
                "parallel",
                "adviser",
                name="signer_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "open",
                "held",
                "approved",
                "rejected",
                "returned",
                "advised",
                "done",
                "moved",
                "removed",
                "dropped",
                name="signer_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("has_veto", sa.Boolean(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(user_id IS NULL) <> (mail IS NULL)", name=op.f("ck_task_signer_user_or_mail")),
        sa.ForeignKeyConstraint(["acts_for_id"], ["user.id"], name=op.f("fk_task_signer_acts_for_id_user")),
        sa.ForeignKeyConstraint(["added_by_id"], ["user.id"], name=op.f("fk_task_signer_added_by_id_user")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_task_signer_company_id_company")),
        sa.ForeignKeyConstraint(["parent_id"], ["task_signer.id"], name=op.f("fk_task_signer_parent_id_task_signer")),
        sa.ForeignKeyConstraint(
            ["task_id"], ["human_task.id"], name=op.f("fk_task_signer_task_id_human_task"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_task_signer_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_signer")),
    )
    op.create_index(
        "ix_task_signer_acts_for",
        "task_signer",
        ["acts_for_id"],
        unique=False,
        sqlite_where=sa.text("acts_for_id IS NOT NULL"),
        postgresql_where=sa.text("acts_for_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_task_signer_company_id"), "task_signer", ["company_id"], unique=False)
    op.create_index("ix_task_signer_task", "task_signer", ["task_id"], unique=False)
    op.create_index("ix_task_signer_user", "task_signer", ["company_id", "user_id", "status"], unique=False)
    op.create_table(
        "task_snooze",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_task_snooze_company_id_company")),
        sa.ForeignKeyConstraint(
            ["task_id"], ["human_task.id"], name=op.f("fk_task_snooze_task_id_human_task"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_task_snooze_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_snooze")),
        sa.UniqueConstraint("task_id", "user_id", name=op.f("uq_task_snooze_task_id_user_id")),
    )
    op.create_index(op.f("ix_task_snooze_company_id"), "task_snooze", ["company_id"], unique=False)
    op.create_index("ix_task_snooze_user", "task_snooze", ["company_id", "user_id", "until"], unique=False)
    op.create_table(
        "invoice_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("request_line_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tax_code", sa.String(), nullable=False),
        sa.Column("spec", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("quantity", sa.String(length=40), nullable=True),
        sa.Column("unit_price", sa.String(length=40), nullable=True),
        sa.Column("rate", sa.String(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_invoice_line_company_id_company")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_line_invoice_id_invoice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_line")),
        sa.UniqueConstraint("invoice_id", "position", name=op.f("uq_invoice_line_invoice_id_position")),
    )
    op.create_index(op.f("ix_invoice_line_company_id"), "invoice_line", ["company_id"], unique=False)
    op.create_table(
        "mail_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("signer_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(user_id IS NULL) <> (signer_id IS NULL)", name=op.f("ck_mail_link_user_or_signer")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_mail_link_company_id_company")),
        sa.ForeignKeyConstraint(
            ["signer_id"], ["task_signer.id"], name=op.f("fk_mail_link_signer_id_task_signer"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["human_task.id"], name=op.f("fk_mail_link_task_id_human_task"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_mail_link_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_link")),
    )
    op.create_index(op.f("ix_mail_link_company_id"), "mail_link", ["company_id"], unique=False)
    op.create_index(op.f("ix_mail_link_signer_id"), "mail_link", ["signer_id"], unique=False)
    op.create_index(op.f("ix_mail_link_task_id"), "mail_link", ["task_id"], unique=False)
    op.create_table(
        "register_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_register_entry_company_id_company")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_register_entry_invoice_id_invoice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_entry")),
        sa.UniqueConstraint("company_id", "sequence", name=op.f("uq_register_entry_company_id_sequence")),
    )
    op.create_index(op.f("ix_register_entry_company_id"), "register_entry", ["company_id"], unique=False)
    op.create_index(op.f("ix_register_entry_invoice_id"), "register_entry", ["invoice_id"], unique=False)
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("mail_link_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_outbox_message_company_id_company")),
        sa.ForeignKeyConstraint(
            ["mail_link_id"],
            ["mail_link.id"],
            name=op.f("fk_outbox_message_mail_link_id_mail_link"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_message_key")),
    )
    op.create_index(op.f("ix_outbox_message_company_id"), "outbox_message", ["company_id"], unique=False)
    op.create_index(op.f("ix_outbox_message_due_at"), "outbox_message", ["due_at"], unique=False)
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_message_due_at"), table_name="outbox_message")
    op.drop_index(op.f("ix_outbox_message_company_id"), table_name="outbox_message")
    op.drop_table("outbox_message")
    op.drop_index(op.f("ix_register_entry_invoice_id"), table_name="register_entry")
    op.drop_index(op.f("ix_register_entry_company_id"), table_name="register_entry")
    op.drop_table("register_entry")
    op.drop_index(op.f("ix_mail_link_task_id"), table_name="mail_link")
    op.drop_index(op.f("ix_mail_link_signer_id"), table_name="mail_link")
    op.drop_index(op.f("ix_mail_link_company_id"), table_name="mail_link")
    op.drop_table("mail_link")
    op.drop_index(op.f("ix_invoice_line_company_id"), table_name="invoice_line")
    op.drop_table("invoice_line")
    op.drop_index("ix_task_snooze_user", table_name="task_snooze")
    op.drop_index(op.f("ix_task_snooze_company_id"), table_name="task_snooze")
    op.drop_table("task_snooze")
    op.drop_index("ix_task_signer_user", table_name="task_signer")
    op.drop_index("ix_task_signer_task", table_name="task_signer")
    op.drop_index(op.f("ix_task_signer_company_id"), table_name="task_signer")
    op.drop_index(
        "ix_task_signer_acts_for",
        table_name="task_signer",
        sqlite_where=sa.text("acts_for_id IS NOT NULL"),
        postgresql_where=sa.text("acts_for_id IS NOT NULL"),
    )
    op.drop_table("task_signer")
    op.drop_index("ix_task_action_subject", table_name="task_action")
    op.drop_index(op.f("ix_task_action_company_id"), table_name="task_action")
    op.drop_table("task_action")
    op.drop_index(op.f("ix_request_round_request_id"), table_name="request_round")
    op.drop_index(op.f("ix_request_round_company_id"), table_name="request_round")
    op.drop_table("request_round")
    op.drop_index(op.f("ix_request_line_company_id"), table_name="request_line")
    op.drop_table("request_line")
    op.drop_index(op.f("ix_invoice_request_id"), table_name="invoice")
    op.drop_index(op.f("ix_invoice_customer_id"), table_name="invoice")
    op.drop_index("ix_invoice_company_issued_on", table_name="invoice")
    op.drop_index(op.f("ix_invoice_company_id"), table_name="invoice")
    op.drop_index("ix_invoice_company_buyer", table_name="invoice")
    op.drop_table("invoice")
    op.drop_index(op.f("ix_draft_edit_company_id"), table_name="draft_edit")
    op.drop_table("draft_edit")
    op.drop_index(op.f("ix_attachment_sha256"), table_name="attachment")
    op.drop_index(op.f("ix_attachment_request_id"), table_name="attachment")
    op.drop_index(op.f("ix_attachment_company_id"), table_name="attachment")
    op.drop_table("attachment")
    op.drop_index("ix_process_wait_name", table_name="process_wait")
    op.drop_index(op.f("ix_process_wait_instance_id"), table_name="process_wait")
    op.drop_index("ix_process_wait_due", table_name="process_wait")
    op.drop_index(op.f("ix_process_wait_company_id"), table_name="process_wait")
    op.drop_table("process_wait")
    op.drop_index(op.f("ix_process_step_instance_id"), table_name="process_step")
    op.drop_index(op.f("ix_process_step_company_id"), table_name="process_step")
    op.drop_table("process_step")
    op.drop_index("ix_process_incident_state", table_name="process_incident")
    op.drop_index(op.f("ix_process_incident_instance_id"), table_name="process_incident")
    op.drop_index(op.f("ix_process_incident_company_id"), table_name="process_incident")
    op.drop_table("process_incident")
    op.drop_index("uq_move_item_instance", table_name="move_item")
    op.drop_index("ix_move_item_state", table_name="move_item")
    op.drop_index(op.f("ix_move_item_instance_id"), table_name="move_item")
    op.drop_index(op.f("ix_move_item_company_id"), table_name="move_item")
    op.drop_table("move_item")
    op.drop_index("ix_request_twin", table_name="invoice_request")
    op.drop_index("ix_request_company_approval", table_name="invoice_request")
    op.drop_index("ix_request_company_applicant", table_name="invoice_request")
    op.drop_index(op.f("ix_invoice_request_customer_id"), table_name="invoice_request")
    op.drop_index(op.f("ix_invoice_request_company_id"), table_name="invoice_request")
    op.drop_table("invoice_request")
    op.drop_index("ix_human_task_subject", table_name="human_task")
    op.drop_index("ix_human_task_remind", table_name="human_task")
    op.drop_index("ix_human_task_open", table_name="human_task")
    op.drop_index(op.f("ix_human_task_instance_id"), table_name="human_task")
    op.drop_index("ix_human_task_escalate", table_name="human_task")
    op.drop_index(op.f("ix_human_task_company_id"), table_name="human_task")
    op.drop_index("ix_human_task_auto", table_name="human_task")
    op.drop_table("human_task")
    op.drop_index(op.f("ix_draft_visitor_company_id"), table_name="draft_visitor")
    op.drop_table("draft_visitor")
    op.drop_index(op.f("ix_draft_file_company_id"), table_name="draft_file")
    op.drop_table("draft_file")
    op.drop_index("ix_process_instance_subject", table_name="process_instance")
    op.drop_index("ix_process_instance_status", table_name="process_instance")
    op.drop_index(op.f("ix_process_instance_company_id"), table_name="process_instance")
    op.drop_table("process_instance")
    op.drop_index(
        "uq_move_batch_running",
        table_name="move_batch",
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.drop_index("ix_move_batch_key", table_name="move_batch")
    op.drop_index(op.f("ix_move_batch_company_id"), table_name="move_batch")
    op.drop_table("move_batch")
    op.drop_index(op.f("ix_invitation_company_id"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_index(
        "uq_header_company_tax_id_in_force",
        table_name="header",
        sqlite_where=sa.text("valid_to IS NULL AND tax_id <> '' AND override_reason = ''"),
        postgresql_where=sa.text("valid_to IS NULL AND tax_id <> '' AND override_reason = ''"),
    )
    op.drop_index(op.f("ix_header_customer_id"), table_name="header")
    op.drop_index(op.f("ix_header_company_id"), table_name="header")
    op.drop_table("header")
    op.drop_index(
        "uq_flow_draft_open",
        table_name="flow_draft",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(op.f("ix_flow_draft_company_id"), table_name="flow_draft")
    op.drop_table("flow_draft")
    op.drop_index(
        "uq_department_member_primary",
        table_name="department_member",
        sqlite_where=sa.text("is_primary"),
        postgresql_where=sa.text("is_primary"),
    )
    op.drop_index(op.f("ix_department_member_user_id"), table_name="department_member")
    op.drop_index(op.f("ix_department_member_company_id"), table_name="department_member")
    op.drop_table("department_member")
    op.drop_index(op.f("ix_chain_version_company_id"), table_name="chain_version")
    op.drop_index(op.f("ix_chain_version_chain_id"), table_name="chain_version")
    op.drop_table("chain_version")
    op.drop_index(op.f("ix_user_session_user_id"), table_name="user_session")
    op.drop_table("user_session")
    op.drop_index(op.f("ix_upload_company_id"), table_name="upload")
    op.drop_index("ix_upload_at", table_name="upload")
    op.drop_table("upload")
    op.drop_index(op.f("ix_tax_item_company_id"), table_name="tax_item")
    op.drop_table("tax_item")
    op.drop_index(op.f("ix_saved_view_company_id"), table_name="saved_view")
    op.drop_table("saved_view")
    op.drop_index(op.f("ix_process_definition_company_id"), table_name="process_definition")
    op.drop_table("process_definition")
    op.drop_index(op.f("ix_number_series_company_id"), table_name="number_series")
    op.drop_table("number_series")
    op.drop_index("ix_notification_unread", table_name="notification")
    op.drop_index(op.f("ix_notification_company_id"), table_name="notification")
    op.drop_table("notification")
    op.drop_index(op.f("ix_notice_preference_company_id"), table_name="notice_preference")
    op.drop_table("notice_preference")
    op.drop_index("ix_notice_event_new", table_name="notice_event")
    op.drop_index(op.f("ix_notice_event_company_id"), table_name="notice_event")
    op.drop_table("notice_event")
    op.drop_index(op.f("ix_membership_company_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index(op.f("ix_ledger_head_company_id"), table_name="ledger_head")
    op.drop_table("ledger_head")
    op.drop_index("ix_job_due", table_name="job")
    op.drop_table("job")
    op.drop_index(op.f("ix_import_job_company_id"), table_name="import_job")
    op.drop_table("import_job")
    op.drop_index("ix_digest_line_due", table_name="digest_line")
    op.drop_index(op.f("ix_digest_line_company_id"), table_name="digest_line")
    op.drop_table("digest_line")
    op.drop_index(op.f("ix_department_parent_id"), table_name="department")
    op.drop_index(op.f("ix_department_head_id"), table_name="department")
    op.drop_index(op.f("ix_department_company_id"), table_name="department")
    op.drop_table("department")
    op.drop_index(op.f("ix_delegation_to_user_id"), table_name="delegation")
    op.drop_index(op.f("ix_delegation_from_user_id"), table_name="delegation")
    op.drop_index(op.f("ix_delegation_company_id"), table_name="delegation")
    op.drop_table("delegation")
    op.drop_index("ix_customer_company_name", table_name="customer")
    op.drop_index(op.f("ix_customer_company_id"), table_name="customer")
    op.drop_table("customer")
    op.drop_index(op.f("ix_chat_channel_company_id"), table_name="chat_channel")
    op.drop_table("chat_channel")
    op.drop_index("ix_carbon_copy_user", table_name="carbon_copy")
    op.drop_index(op.f("ix_carbon_copy_company_id"), table_name="carbon_copy")
    op.drop_table("carbon_copy")
    op.drop_index(op.f("ix_calendar_day_company_id"), table_name="calendar_day")
    op.drop_table("calendar_day")
    op.drop_index("ix_audit_entry_subject", table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_company_id"), table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_index(op.f("ix_approval_chain_company_id"), table_name="approval_chain")
    op.drop_table("approval_chain")
    op.drop_index(op.f("ix_api_token_user_id"), table_name="api_token")
    op.drop_table("api_token")
    op.drop_table("user")
    op.drop_table("login_throttle")
    op.drop_index("ix_job_done_at", table_name="job_done")
    op.drop_table("job_done")
    op.drop_table("fired_slot")
    op.drop_table("company")
    op.drop_table("backup_run")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION company_stamp")
        op.execute("DROP FUNCTION user_stamp")
        op.execute("DROP FUNCTION calendar_day_stamp")
        op.execute("DROP FUNCTION membership_stamp")
        op.execute("DROP FUNCTION ledger_hash")
        op.execute("DROP FUNCTION audit_entry_append_only")
        op.execute("DROP FUNCTION audit_entry_move_head")
        op.execute("DROP FUNCTION approval_chain_stamp")
        op.execute("DROP FUNCTION delegation_stamp")
        op.execute("DROP FUNCTION department_stamp")
        op.execute("DROP FUNCTION chain_version_append_only")
        op.execute("DROP FUNCTION chain_version_stamp")
        op.execute("DROP FUNCTION department_member_stamp")
        op.execute("DROP FUNCTION invoice_refuse")
        op.execute("DROP FUNCTION register_entry_append_only")
        op.execute("DROP FUNCTION register_entry_move_head")
