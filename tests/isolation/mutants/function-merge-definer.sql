-- mutant: A definer's MERGE matches applications by their id alone
-- base: flows
-- family: function
-- leaks: values of another client
create function flows.import_applications(rows jsonb) returns integer
language plpgsql volatile security definer set search_path = ''
as $$ declare n integer; begin
  merge into flows.client_applications a
    using jsonb_to_recordset(rows) as r (id uuid, app_name text) on a.id = r.id
    when matched then update set app_name = r.app_name
    when not matched then do nothing;
  get diagnostics n = row_count; return n;
end $$;
revoke all on function flows.import_applications(jsonb) from public;
grant execute on function flows.import_applications(jsonb) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
do $$ begin perform flows.import_applications('[{"id": "{{b}}", "app_name": "Merged"}]'); end $$;
