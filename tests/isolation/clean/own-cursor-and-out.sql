-- clean: OUT parameters, a cursor, a barrier over an invoker's view, dynamic SQL with everything quoted
-- base: flows
create function flows.own_invitation_state(asked uuid, out state text, out rights text[])
language plpgsql stable security definer set search_path = ''
as $$ begin
  select i.status, i.permissions into state, rights from flows.invitations i where i.id = asked and i.client_id = flows.current_client_id();
end $$;
revoke all on function flows.own_invitation_state(uuid) from public;
grant execute on function flows.own_invitation_state(uuid) to authenticated;
create function flows.own_cursor(into_cursor refcursor) returns refcursor
language plpgsql volatile security definer set search_path = ''
as $$ begin
  open into_cursor for select i.* from flows.invitations i where i.client_id = flows.current_client_id();
  return into_cursor;
end $$;
revoke all on function flows.own_cursor(refcursor) from public;
grant execute on function flows.own_cursor(refcursor) to authenticated;
create view flows.live_invitations with (security_invoker = true, security_barrier = true) as select * from flows.invitations where status = 'pending';
grant select on flows.live_invitations to authenticated;
create function flows.find_own(filter text default null, since timestamptz default '-infinity') returns setof flows.invitations
language plpgsql stable security definer set search_path = ''
as $$ begin
  return query execute format('select * from flows.invitations where client_id = %L and (%L is null or status = %L) and created_at >= $1',
    flows.current_client_id(), filter, filter) using since;
end $$;
revoke all on function flows.find_own(text, timestamptz) from public;
grant execute on function flows.find_own(text, timestamptz) to authenticated;
create function flows.dump_own(relation text) returns setof jsonb
language plpgsql stable security invoker set search_path = ''
as $$ begin
  return query execute format('select to_jsonb(t) from flows.%I t', relation);
end $$;
revoke all on function flows.dump_own(text) from public;
grant execute on function flows.dump_own(text) to authenticated;
