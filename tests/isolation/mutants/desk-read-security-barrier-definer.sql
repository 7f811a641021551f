-- mutant: A security barrier is no security invoker
-- base: desk
-- family: read
-- leaks: rows of another organization
create view desk.queue with (security_barrier = true) as
  select id, org, subject from desk.tickets where state <> 'closed' and (auth.jwt() ->> 'org') is not null;
grant select on desk.queue to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "org": "acme"}
select * from desk.queue where org = 'canary-globex';
