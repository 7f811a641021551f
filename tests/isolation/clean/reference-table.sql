-- clean: A table of countries that belongs to no client, without row-level security and open to all
-- base: flows
create table flows.countries (
  code text primary key check (code ~ '^[A-Z]{2}$'),
  name text not null unique,
  currency text not null
);
insert into flows.countries (code, name, currency)
values ('DK', 'Denmark', 'DKK'), ('DE', 'Germany', 'EUR'), ('JP', 'Japan', 'JPY');
grant select on flows.countries to anon, authenticated;
create view flows.currencies as select distinct currency from flows.countries;
grant select on flows.currencies to anon, authenticated;
create function flows.country_name(of_code text) returns text
language sql stable security definer
set search_path = ''
begin atomic
  select name from flows.countries where code = of_code;
end;
revoke all on function flows.country_name(text) from public;
grant execute on function flows.country_name(text) to anon, authenticated;
