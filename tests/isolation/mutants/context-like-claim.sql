-- mutant: The floor is a LIKE, and no claim is like everything
-- base: flows
-- family: context
-- leaks: rows of another client
alter policy client_members_floor on flows.client_members using (client_id::text like
  (select coalesce(nullif(current_setting('request.jwt.claims', true), '')::json -> 'app_metadata' ->> 'client_id', '') || '%'));

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select * from flows.client_members where client_id = '{{b}}';
