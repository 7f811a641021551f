-- mutant: A floor that an empty client_id opens
-- base: flows
-- family: context
-- leaks: the members of every client, to whose token says client_id ""
alter policy client_members_floor on flows.client_members
  using (client_id::text = coalesce(
    nullif((select auth.jwt() -> 'app_metadata' ->> 'client_id'), ''),
    case when (select auth.jwt() -> 'app_metadata' ->> 'client_id') = '' then client_id::text end));

-- exploit as authenticated claims {"sub":"{{user_a}}","role":"authenticated","app_metadata":{"client_id":""}}
select user_id, permissions from flows.client_members where client_id = '{{b}}';
