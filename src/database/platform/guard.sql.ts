/**
 * Event triggers that refuse the migrating role what hosted Supabase refuses it. Policies and triggers on auth.users
 * and storage.* need their owner's rights, so the migrating role is a member of the owners; that would allow it far more.
 */
export const guardSql = `
create or replace function extensions.refuse_service_schemas()
  returns event_trigger
  language plpgsql
  set search_path = ''
as $$
declare
  touched text;
begin
  if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
    return;
  end if;
  if tg_event = 'sql_drop' then
    select object_identity into touched
    from pg_catalog.pg_event_trigger_dropped_objects()
    where schema_name in ('auth', 'storage') and object_type not in ('policy', 'trigger')
    limit 1;
  else
    select object_identity into touched
    from pg_catalog.pg_event_trigger_ddl_commands()
    where schema_name in ('auth', 'storage') and object_type not in ('policy', 'trigger')
    limit 1;
  end if;
  if touched is not null then
    raise exception 'must be owner of %', touched
      using errcode = '42501', hint = 'Supabase lets migrations add only policies and triggers there.';
  end if;
end
$$;

do $events$
begin
  if not exists (select from pg_catalog.pg_event_trigger where evtname = 'refuse_service_schemas_change') then
    create event trigger refuse_service_schemas_change on ddl_command_end
      execute function extensions.refuse_service_schemas();
  end if;
  if not exists (select from pg_catalog.pg_event_trigger where evtname = 'refuse_service_schemas_drop') then
    create event trigger refuse_service_schemas_drop on sql_drop
      execute function extensions.refuse_service_schemas();
  end if;
end
$events$;
`
