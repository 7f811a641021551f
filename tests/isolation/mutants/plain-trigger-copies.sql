-- mutant: A trigger that keeps the history of notes in a table without row-level security
-- base: plain
-- family: trigger
-- leaks: what the notes of every organization said before
create table app.note_history (note_id uuid not null, changed_at timestamptz not null default now(), old_row jsonb not null);
grant select on app.note_history to authenticated;
create function app.keep_history() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  insert into app.note_history (note_id, old_row) values (old.id, to_jsonb(old));
  return new;
end
$$;
revoke all on function app.keep_history() from public;
create trigger notes_keep_history before update on app.notes for each row execute function app.keep_history();
update app.notes set body = body where true;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select old_row from app.note_history where old_row ->> 'org_id' = '{{b}}';
