-- Money and log are evidence: what is written there never changes, whoever asks. Statements that
-- begin with {sqlite} or {postgres} are for that database alone; {;} is a semicolon inside one.
{sqlite} create trigger audit_entry_no_update before update on audit_entry begin select raise(abort, 'audit_entry never changes'){;} end;
{sqlite} create trigger audit_entry_no_delete before delete on audit_entry begin select raise(abort, 'audit_entry never changes'){;} end;
{sqlite} create trigger journal_entry_no_update before update on journal_entry begin select raise(abort, 'journal_entry never changes'){;} end;
{sqlite} create trigger journal_entry_no_delete before delete on journal_entry begin select raise(abort, 'journal_entry never changes'){;} end;
{sqlite} create trigger posting_no_update before update on posting begin select raise(abort, 'posting never changes'){;} end;
{sqlite} create trigger posting_no_delete before delete on posting begin select raise(abort, 'posting never changes'){;} end;
{postgres} create function evidence_never_changes() returns trigger language plpgsql as 'begin raise exception ''% never changes'', tg_table_name{;} end';
{postgres} create trigger audit_entry_no_update before update or delete on audit_entry for each row execute function evidence_never_changes();
{postgres} create trigger audit_entry_no_truncate before truncate on audit_entry for each statement execute function evidence_never_changes();
{postgres} create trigger journal_entry_no_update before update or delete on journal_entry for each row execute function evidence_never_changes();
{postgres} create trigger journal_entry_no_truncate before truncate on journal_entry for each statement execute function evidence_never_changes();
{postgres} create trigger posting_no_update before update or delete on posting for each row execute function evidence_never_changes();
{postgres} create trigger posting_no_truncate before truncate on posting for each statement execute function evidence_never_changes();
-- SQLite turns an integer that grows too large into a rough number: a balance never is one.
{sqlite} create trigger ledger_account_whole before update of balance_e8 on ledger_account when typeof(new.balance_e8) <> 'integer' begin select raise(abort, 'a balance is a whole number'){;} end;
